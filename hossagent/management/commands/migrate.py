"""Django's `migrate`, one at a time, that never makes the whole traffic wait behind it."""

from __future__ import annotations

import time
from argparse import ArgumentTypeError
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections
from django.db.migrations.executor import MigrationExecutor

from agents.backfills.errors import BackfillNotDone
from hossagent.lib.schema import locks
from hossagent.lib.schema.sql import collect_sql, rebuilt_tables
from hossagent.lib.sqlite import only_migrate
from hossagent.lib.text import plural
from hossagent.storage import require_database

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.core.management.base import CommandParser
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.migrations import Migration

LOCK_TIMEOUT_SECONDS = 5.0
LOCK_TRIES = 10
LOCK_PAUSE_SECONDS = 5.0
LONGEST_SECONDS = 3_600
# How often a second `migrate` looks whether the first is done.
LOOK_EVERY_SECONDS = 1.0
OURS = ("accounts", "billing", "agents")
# SQLite wrote 52,000 leads a second anew, and 92,000 emails, on 2 processors; a slow disk takes
# longer.
REBUILT_ROWS_PER_SECOND = 25_000


class Command(migrate.Command):
    help = (
        "Bring the database's tables up to date. On Postgres it waits for a lock for a few "
        "seconds only and tries again; on SQLite it says which tables it writes anew."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--lock-timeout",
            type=_seconds,
            default=LOCK_TIMEOUT_SECONDS,
            help="Seconds to wait for a lock on Postgres (default: %(default)s).",
        )
        parser.add_argument(
            "--lock-tries",
            type=int,
            default=LOCK_TRIES,
            help="How often to try when a lock is not given (default: %(default)s).",
        )
        parser.add_argument(
            "--lock-pause",
            type=_seconds,
            default=LOCK_PAUSE_SECONDS,
            help="Seconds between two tries (default: %(default)s).",
        )

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Before the system checks, which ask the database too."""
        require_database(connections[options["database"]])
        return super().execute(*args, **options)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["lock_tries"] < 1:
            raise CommandError("--lock-tries must be at least 1.")
        connection = connections[options["database"]]
        only_looks = options["check_unapplied"] or options["plan"]
        try:
            if only_looks:
                super().handle(*args, **options)
            elif connection.vendor == "postgresql":
                self._migrate_beside_live_work(connection, *args, **options)
            else:
                with only_migrate(connection, self._say_that_it_waits):
                    self._say_what_is_rebuilt(connection, **options)
                    super().handle(*args, **options)
        except BackfillNotDone as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(
                f"{error.filename} cannot be written: {error.strerror}. "
                "Run this as the user who owns the database."
            ) from error

    def migration_progress_callback(self, action: str, *args: Any, **options: Any) -> None:
        """With the seconds of each migration, which Django shows to the very curious only."""
        verbosity, self.verbosity = self.verbosity, self.verbosity and max(self.verbosity, 2)
        try:
            super().migration_progress_callback(action, *args, **options)
        finally:
            self.verbosity = verbosity

    def _migrate_beside_live_work(
        self, connection: BaseDatabaseWrapper, *args: Any, **options: Any
    ) -> None:
        with locks.migration_session(connection, lock_timeout=options["lock_timeout"]):
            self._wait_for_the_other(connection)
            try:
                self._try_until_done(connection, *args, **options)
            finally:
                locks.let_others(connection)

    def _wait_for_the_other(self, connection: BaseDatabaseWrapper) -> None:
        if locks.try_to_be_the_one(connection):
            return
        self._say_that_it_waits()
        while not locks.try_to_be_the_one(connection):
            time.sleep(LOOK_EVERY_SECONDS)

    def _say_that_it_waits(self) -> None:
        self.stdout.write("Another `manage.py migrate` is running. Waiting until it is done.")
        # Now, also where it goes to a file.
        self.stdout.flush()

    def _try_until_done(self, connection: BaseDatabaseWrapper, *args: Any, **options: Any) -> None:
        """What was applied stays applied: each try takes up what is left."""
        tries = options["lock_tries"]
        for number in range(1, tries + 1):
            log = locks.StatementLog()
            try:
                with connection.execute_wrapper(log):
                    super().handle(*args, **options)
            except OperationalError as error:
                if not locks.gave_up(error):
                    raise
                who = _holders_in_words(connection, log.last)
                if number == tries:
                    raise CommandError(
                        f"The migration did not get its lock in {plural(tries, 'try', 'tries')}: "
                        f"{who} Let that end, or end it with SELECT "
                        "pg_terminate_backend(PID), then run `manage.py migrate` again. "
                        "Migrations that were applied stay applied."
                    ) from error
                self.stdout.write(f"\nNo lock yet: {who} Trying again.")
                self.stdout.flush()
                time.sleep(options["lock_pause"])
            else:
                return

    def _say_what_is_rebuilt(self, connection: BaseDatabaseWrapper, **options: Any) -> None:
        """SQLite writes a table anew to change most things about it."""
        if not options["verbosity"] or not connection.introspection.table_names():
            return
        rebuilt = {table for _, tables in _rebuilds(connection) for table in tables}
        for table in sorted(rebuilt & set(connection.introspection.table_names())):
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608 # a table's own name
                (rows,) = cursor.fetchone()
            self.stdout.write(
                f"The table {table} will be written anew: {plural(rows, 'row')}, "
                f"{_time_to_rebuild(rows)}."
            )
        if rebuilt:
            self.stdout.write(
                "Nothing else may use the database meanwhile: stop any other HossAgent first."
            )


def _seconds(text: str) -> float:
    """From nothing to an hour, as an argument of the command line."""
    seconds = float(text)
    if not 0 <= seconds <= LONGEST_SECONDS:
        raise ArgumentTypeError(f"must be from 0 to {LONGEST_SECONDS} seconds")
    return seconds


def _time_to_rebuild(rows: int) -> str:
    minutes = round(rows / REBUILT_ROWS_PER_SECOND / 60)
    return f"about {plural(minutes, 'minute')}" if minutes else "less than a minute"


def _holders_in_words(connection: BaseDatabaseWrapper, statement: str) -> str:
    holders = locks.find_holders(connection, statement)
    if not holders:
        return "whoever held the table is gone by now."
    first = holders[0]
    more = (
        f" {plural(len(holders) - 1, 'more process', 'more processes')} too." if holders[1:] else ""
    )
    return f"the table {first.table} is held by {first}.{more}"


def _rebuilds(connection: BaseDatabaseWrapper) -> Iterator[tuple[Migration, Sequence[str]]]:
    """The migrations of ours that are not applied, with the tables that each writes anew."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not any(migration.app_label in OURS for migration, _ in plan):
        return
    state = executor._create_project_state(with_applied_migrations=True)  # type: ignore[attr-defined] # noqa: SLF001 # as `migrate` itself makes it
    for migration, _ in plan:
        if migration.app_label in OURS:
            yield migration, rebuilt_tables(collect_sql(connection, migration, state))
        state = migration.mutate_state(state, preserve=False)

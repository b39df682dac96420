"""Our `migrate`: a lock that is not given in time, a second one at a time, and what it says."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.core.files import locks as file_locks
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from agents.models import Backfill
from hossagent.lib.schema import locks
from hossagent.management.commands import migrate
from tests.factories import MessageFactory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.django_db(transaction=True)

HOLDS = "SELECT count(*) FROM agents_backfill"


class Listener(io.StringIO):
    """Takes what the command says, and does something when a word is said."""

    def __init__(self, word: str, do: Callable[[], Any]) -> None:
        super().__init__()
        self.word = word
        self.do = do

    def write(self, text: str) -> int:
        if self.word in text:
            self.do()
        return super().write(text)


def to(migration: str, **options: Any) -> str:
    """Migrate `agents` to this one; what was said."""
    out = options.pop("stdout", io.StringIO())
    call_command("migrate", "agents", migration, stdout=out, **options)
    return str(out.getvalue())


def newest() -> str:
    """The last migration of `agents`."""
    return str(MigrationLoader(None).graph.leaf_nodes("agents")[0][1])


def applied() -> bool:
    names = MigrationRecorder(connection).applied_migrations()
    return ("agents", "0011_backfills") in names


@pytest.fixture(autouse=True)
def _whole_again() -> Iterator[None]:
    yield
    call_command("migrate", verbosity=0)


@pytest.fixture
def somebody() -> Iterator[psycopg.Connection]:
    """Another session, which has read the table and keeps its transaction open."""
    connection.ensure_connection()
    dsn = connection.connection.info.dsn
    with psycopg.connect(dsn, application_name="hossagent report") as session:
        session.execute(HOLDS.encode())
        yield session


@pytest.mark.postgres
def test_it_gives_up_with_a_sentence_that_names_the_holder(somebody: psycopg.Connection) -> None:
    with pytest.raises(CommandError) as told:
        to("0010", lock_timeout=0.05, lock_tries=2, lock_pause=0)

    assert applied()
    assert re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "TIME", str(told.value)) == (
        "The migration did not get its lock in 2 tries: the table agents_backfill is held by "
        f"process {somebody.info.backend_pid} (hossagent report) since TIME UTC, idle in "
        f"transaction: {HOLDS}. Let that end, or end it with SELECT pg_terminate_backend(PID), "
        "then run `manage.py migrate` again. Migrations that were applied stay applied."
    )


@pytest.mark.postgres
def test_it_tries_again_and_gets_the_lock(somebody: psycopg.Connection) -> None:
    out = Listener("No lock yet", somebody.rollback)

    said = to("0010", lock_timeout=0.05, lock_tries=5, lock_pause=0, stdout=out)

    assert (said.count("No lock yet"), applied()) == (1, False)


@pytest.mark.postgres
def test_the_session_is_as_before_afterwards() -> None:
    def settings() -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('lock_timeout'), current_setting('application_name'), "
                "(SELECT count(*) FROM pg_locks WHERE locktype = 'advisory')"
            )
            return list(cursor.fetchone())

    before = settings()
    to("0011")

    assert settings() == before


@pytest.mark.postgres
def test_a_second_migrate_waits_for_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "LOOK_EVERY_SECONDS", 0.01)
    connection.ensure_connection()
    with psycopg.connect(connection.connection.info.dsn, autocommit=True) as first:
        first.execute("SELECT pg_advisory_lock(%s)", [locks.ONE_MIGRATE])
        out = Listener("Another", lambda: first.execute("SELECT pg_advisory_unlock_all()"))

        said = to(newest(), stdout=out)

    assert said.startswith("Another `manage.py migrate` is running. Waiting until it is done.\n")
    assert "No migrations to apply." in said


def test_each_migration_says_how_long_it_took() -> None:
    to("0010")

    said = to("0011")

    assert re.findall(r"Applying (\S+?)\.\.\. OK \(\d+\.\d+s\)", said) == ["agents.0011_backfills"]


def test_looking_is_no_migrating() -> None:
    call_command("migrate", check_unapplied=True, stdout=io.StringIO())

    assert applied()


@pytest.mark.parametrize(("emails", "status"), [(0, "done"), (1, "running")])
def test_a_backfill_starts_where_there_are_rows(emails: int, status: str) -> None:
    to("0010")
    MessageFactory.create_batch(emails)

    to("0011")

    row = Backfill.objects.get()
    assert (row.name, row.status, row.due_at is not None) == (
        "message_counted_on",
        status,
        emails == 1,
    )


@pytest.mark.sqlite
def test_sqlite_says_what_it_writes_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    MessageFactory.create_batch(2)
    monkeypatch.setattr(
        migrate, "_rebuilds", lambda _: iter([(None, ["agents_message", "agents_new"])])
    )

    said = to(newest())

    assert said.startswith(
        "The table agents_message will be written anew: 2 rows, less than a minute.\n"
        "Nothing else may use the database meanwhile: stop any other HossAgent first.\n"
    )


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("rows_per_second", "time"),
    [(25_000, "less than a minute"), (1 / 30, "about 1 minute"), (1 / 300, "about 10 minutes")],
)
def test_sqlite_says_how_long_a_table_takes(
    rows_per_second: float, time: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    MessageFactory.create_batch(2)
    monkeypatch.setattr(migrate, "_rebuilds", lambda _: iter([(None, ["agents_message"])]))
    monkeypatch.setattr(migrate, "REBUILT_ROWS_PER_SECOND", rows_per_second)

    said = to(newest())

    assert said.splitlines()[0] == f"The table agents_message will be written anew: 2 rows, {time}."


@pytest.mark.sqlite
def test_on_sqlite_too_a_second_migrate_waits(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    connection.ensure_connection()
    monkeypatch.setitem(connection.settings_dict, "NAME", tmp_path / "db.sqlite3")
    with (tmp_path / "db.sqlite3.migrate").open("w") as first:
        file_locks.lock(first, file_locks.LOCK_EX)
        out = Listener("Another", lambda: file_locks.unlock(first))

        said = to(newest(), stdout=out)

    assert said.startswith("Another `manage.py migrate` is running. Waiting until it is done.\n")
    assert "No migrations to apply." in said


@pytest.mark.sqlite
def test_a_folder_of_somebody_else_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(path: Path, _mode: str) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    connection.ensure_connection()
    monkeypatch.setitem(connection.settings_dict, "NAME", tmp_path / "db.sqlite3")
    target = newest()
    with monkeypatch.context() as patched:
        patched.setattr("pathlib.Path.open", refuse)
        with pytest.raises(CommandError) as told:
            to(target)

    assert str(told.value) == (
        f"{tmp_path}/db.sqlite3.migrate cannot be written: Permission denied. "
        "Run this as the user who owns the database."
    )


@pytest.mark.parametrize("seconds", ["-1", "nan", "inf", "1e300"])
def test_a_time_to_wait_is_between_nothing_and_an_hour(seconds: str) -> None:
    with pytest.raises(CommandError) as told:
        call_command("migrate", f"--lock-timeout={seconds}")

    assert str(told.value) == ("Error: argument --lock-timeout: must be from 0 to 3600 seconds")

"""Locks of a migration on Postgres: how long it waits, who else holds the table, one at a time.

A statement that waits for a table's lock makes everybody who comes later wait behind it. So it
gives up after a short time, lets them pass, and is tried again.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg.errors import LockNotAvailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from django.db import OperationalError
    from django.db.backends.base.base import BaseDatabaseWrapper

# Any number, the same in every version: one `migrate` at a time in a database.
ONE_MIGRATE = 4_870_215_530
APPLICATION = "hossagent migrate"
QUERY_SHOWN = 80

_IDENTIFIER = re.compile(r'"(\w+)"')
_HOLDERS = """
SELECT DISTINCT activity.pid, activity.application_name, activity.xact_start, activity.state,
  left(regexp_replace(activity.query, '\\s+', ' ', 'g'), %s), class.relname
FROM pg_locks AS lock
JOIN pg_class AS class ON class.oid = lock.relation
JOIN pg_stat_activity AS activity ON activity.pid = lock.pid
WHERE lock.granted AND lock.pid <> pg_backend_pid() AND class.relname = ANY(%s)
  AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
ORDER BY activity.xact_start, activity.pid
"""


@dataclass(frozen=True, slots=True)
class Holder:
    """A session that keeps a table from being changed."""

    pid: int
    application: str
    since: datetime | None
    state: str
    query: str
    table: str

    def __str__(self) -> str:
        since = f"{self.since:%Y-%m-%d %H:%M:%S} UTC" if self.since else "an unknown time"
        name = f" ({self.application})" if self.application else ""
        return f"process {self.pid}{name} since {since}, {self.state}: {self.query}"


class StatementLog:
    """Remembers the last statement that began: the one that gave up, when one did."""

    def __init__(self) -> None:
        self.last = ""

    def __call__(self, execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        self.last = str(sql)
        return execute(sql, params, many, context)


def gave_up(error: OperationalError) -> bool:
    """Whether a statement waited for its lock in vain."""
    return isinstance(error.__cause__, LockNotAvailable)


def find_holders(connection: BaseDatabaseWrapper, statement: str) -> list[Holder]:
    """Who holds a table that the statement names; longest first, empty when they are gone."""
    names = sorted(set(_IDENTIFIER.findall(statement)))
    with connection.cursor() as cursor:
        cursor.execute(_HOLDERS, [QUERY_SHOWN, names])
        return [Holder(*row) for row in cursor.fetchall()]


@contextmanager
def migration_session(connection: BaseDatabaseWrapper, *, lock_timeout: float) -> Iterator[None]:
    """The connection waits at most `lock_timeout` seconds for a lock, works as long as it
    needs, and has a name that others see. The settings are of the session, so that they
    also hold between two transactions, and end with the block."""
    settings = {
        "lock_timeout": f"{int(lock_timeout * 1000)}ms",
        "statement_timeout": "0",
        "application_name": APPLICATION,
    }
    before = {}
    with connection.cursor() as cursor:
        for name, value in settings.items():
            cursor.execute(
                "SELECT current_setting(%s), set_config(%s, %s, false)", [name, name, value]
            )
            before[name] = cursor.fetchone()[0]
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            for name, value in before.items():
                cursor.execute("SELECT set_config(%s, %s, false)", [name, value])


def try_to_be_the_one(connection: BaseDatabaseWrapper) -> bool:
    """Take the database's lock for migrating; False while another session has it.

    It is asked for again and again, and never waited for: a session that waits in a statement
    would keep an index that the other one builds concurrently from being finished.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [ONE_MIGRATE])
        return bool(cursor.fetchone()[0])


def let_others(connection: BaseDatabaseWrapper) -> None:
    """Give the lock back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [ONE_MIGRATE])

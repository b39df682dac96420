"""What only SQLite needs."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from django.core.files import locks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper


@contextmanager
def unsynced(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Let SQLite not wait for the disk, for work that a power cut may undo because it is
    simply begun again: making new tables, a simulation. Elsewhere this changes nothing.
    """
    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        (before,) = cursor.fetchone()
        cursor.execute("PRAGMA synchronous=OFF")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA synchronous={int(before)}")


@contextmanager
def only_migrate(connection: BaseDatabaseWrapper, on_wait: Callable[[], None]) -> Iterator[None]:
    """Be the only process that migrates this database; `on_wait` is called before waiting.

    The lock is on a file of its own beside the database: SQLite would lose its own locks when
    a second handle of the database's file is closed (https://sqlite.org/howtocorrupt.html, 2.2).
    It ends with the process. A database in memory has nobody else.
    """
    if connection.is_in_memory_db():  # type: ignore[attr-defined] # of SQLite's wrapper only
        yield
        return
    path = Path(connection.settings_dict["NAME"])
    with path.with_name(f"{path.name}.migrate").open("w") as file:
        if not locks.lock(file, locks.LOCK_EX | locks.LOCK_NB):
            on_wait()
            locks.lock(file, locks.LOCK_EX)
        yield

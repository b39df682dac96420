"""Not waiting for the disk: only while it is asked for, and only on SQLite. One migrates at a
time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, cast

import pytest
from django.db.backends.sqlite3.base import DatabaseWrapper

from hossagent.lib.sqlite import only_migrate, unsynced
from hossagent.storage import database

if TYPE_CHECKING:
    from pathlib import Path

    from django.db.backends.base.base import BaseDatabaseWrapper

FULL, OFF = 2, 0


def synchronous(connection: BaseDatabaseWrapper) -> int:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous")
        return int(cursor.fetchone()[0])


@pytest.mark.django_db
def test_it_is_off_inside_and_as_before_outside(tmp_path: Path) -> None:
    settings = {
        "TIME_ZONE": None,
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": False,
        "AUTOCOMMIT": True,
        **database(f"sqlite:///{tmp_path / 'a.sqlite3'}"),
    }
    connection = DatabaseWrapper(settings)
    try:
        assert synchronous(connection) == FULL
        with unsynced(connection):
            assert synchronous(connection) == OFF
        assert synchronous(connection) == FULL
    finally:
        connection.close()


class Elsewhere:
    """Any other database: a cursor is not to be asked for."""

    vendor = "postgresql"


def test_elsewhere_nothing_is_asked() -> None:
    with unsynced(cast("BaseDatabaseWrapper", Elsewhere())):
        pass


def test_the_second_migrate_begins_when_the_first_is_over(tmp_path: Path) -> None:
    connection = DatabaseWrapper({"NAME": tmp_path / "a.sqlite3"})
    waits = threading.Event()
    order = []

    def second() -> None:
        with only_migrate(connection, waits.set):
            order.append("second")

    other = threading.Thread(target=second)
    with only_migrate(connection, lambda: order.append("the first waited")):
        other.start()
        assert waits.wait(timeout=10)
        other.join(timeout=0.2)
        order.append("first is over")
    other.join(timeout=10)

    assert order == ["first is over", "second"]


def test_in_memory_there_is_nobody_to_wait_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with only_migrate(DatabaseWrapper({"NAME": ":memory:"}), lambda: None):
        assert list(tmp_path.iterdir()) == []

"""Not waiting for the disk: only while it is asked for, and only on SQLite."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from django.db.backends.sqlite3.base import DatabaseWrapper

from hossagent.lib.sqlite import unsynced
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

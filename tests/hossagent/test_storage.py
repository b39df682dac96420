"""What is configured is used; without it, files of this machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management.base import CommandError
from django.db.utils import load_backend

from hossagent import storage
from hossagent.config import load

SECRET = {"SESSION_SECRET": "s"}
REFUSED = (
    'connection failed: connection to server at "127.0.0.1", port 1 failed: Connection refused'
)


def test_a_new_machine_gets_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "VAR_DIR", tmp_path / "var")
    config = load(SECRET)

    found = storage.default_database(config)

    assert (found["ENGINE"], Path(found["NAME"])) == (
        "django.db.backends.sqlite3",
        tmp_path / "var" / "hossagent.sqlite3",
    )
    assert (tmp_path / "var").is_dir()
    assert storage.default_cache(config)["LOCATION"] == tmp_path / "var" / "cache"


def test_configured_servers_are_used() -> None:
    config = load(
        {**SECRET, "DATABASE_URL": "postgres://u:p@db/name", "REDIS_URL": "redis://cache/0"}
    )

    found = storage.default_database(config)

    assert (found["ENGINE"], found["HOST"], found["NAME"], found["CONN_HEALTH_CHECKS"]) == (
        "django.db.backends.postgresql",
        "db",
        "name",
        True,
    )
    assert storage.default_cache(config)["LOCATION"] == "redis://cache/0"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("sqlite:////no/such/folder/a.sqlite3", "unable to open database file"),
        (f"sqlite:///{__file__}", "file is not a database"),
        ("postgres://me:secret@127.0.0.1:1/a", REFUSED),
    ],
)
def test_a_database_out_of_reach_is_told_in_a_sentence(url: str, says: str) -> None:
    found = {"TIME_ZONE": None, "AUTOCOMMIT": True, "OPTIONS": {}, **storage.database(url)}
    connection = load_backend(found["ENGINE"]).DatabaseWrapper(found)

    with pytest.raises(CommandError) as told:
        storage.require_database(connection)

    assert str(told.value) == (
        f"The database cannot be reached: {says}. Check DATABASE_URL, and that it runs."
    )

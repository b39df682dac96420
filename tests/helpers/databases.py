"""Databases with every table: migrated once, then copied.

Migrating an empty database takes as long as a hundred tests, nearly all of it in Django's
model states. A template is made for each set of migrations and kept in `var/`, or on the
server of `TEST_DATABASE_URL`, until a migration or a library changes.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.metadata
import os
import sqlite3
import subprocess
import sys
import zlib
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psycopg
from django.apps import apps
from django.db import connection

from hossagent.config import BASE_DIR, VAR_DIR

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# One checkout's templates; another checkout on the same server has its own.
PREFIX = f"hossagent_template_{zlib.crc32(str(BASE_DIR).encode()):08x}_"


def server() -> str:
    """The URL of the server that the tests run on; empty when they run on SQLite."""
    return os.environ.get("TEST_DATABASE_URL", "")


def template() -> str:
    """The URL of a migrated database. Nobody writes to it; make a copy."""
    name = PREFIX + _digest()
    VAR_DIR.mkdir(exist_ok=True)
    with _alone(VAR_DIR / "template.lock"):
        return _on_server(name) if server() else _in_file(name)


def copy(source: str, *, name: str, folder: Path) -> str:
    """A new database that starts as `source` is: a file `name` in `folder`, or a database
    `name` on the server. What had that name before is gone. Returns its URL."""
    if server():
        return create(name, like=name_of(source))
    target = folder / f"{name}.sqlite3"
    copy_file(source, target)
    return f"sqlite:///{target}"


def copy_file(source: str, target: Path) -> None:
    """The SQLite database of the URL `source` as the file `target`."""
    for end in ("", "-wal", "-shm", "-journal"):
        target.with_name(target.name + end).unlink(missing_ok=True)
    with (
        closing(sqlite3.connect(source.removeprefix("sqlite:///"))) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)


def sql_flush(
    style: Any, tables: Sequence[str], *, reset_sequences: bool = False, allow_cascade: bool = False
) -> list[str]:
    """What empties the tables after a test that commits, as `DatabaseOperations.sql_flush`.

    Postgres's TRUNCATE makes new files for every table and index and waits for the disk:
    seconds for 130 tables, of which a test fills some ten. Foreign keys are checked at the
    end of the transaction, so the order does not matter.
    """
    assert not reset_sequences, "a sequence goes on after DELETE; ask for rows, not numbers"
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM \"{table}\")" for table in tables
            )
        )
        return [f'DELETE FROM "{table}"' for (table,) in cursor.fetchall()]


def create(name: str, *, like: str = "template1") -> str:
    """A new database on the server, whatever had its name before; returns its URL."""
    url = urlsplit(server())._replace(path=f"/{name}").geturl()
    drop(url)
    with psycopg.connect(server(), autocommit=True) as session:
        session.execute(f"CREATE DATABASE {name} TEMPLATE {like}".encode())
    return url


def drop(url: str) -> None:
    """A database on the server is gone; a file goes with its folder."""
    if server():
        with psycopg.connect(server(), autocommit=True) as session:
            session.execute(f"DROP DATABASE IF EXISTS {name_of(url)} WITH (FORCE)".encode())


def name_of(url: str) -> str:
    """The name on the server of the database that `url` is of."""
    return urlsplit(url).path.lstrip("/")


def _on_server(name: str) -> str:
    url = urlsplit(server())._replace(path=f"/{name}").geturl()
    with psycopg.connect(server(), autocommit=True) as session:
        named = session.execute("SELECT datname FROM pg_database").fetchall()
    if (name,) in named:
        return url
    for (old,) in named:
        if old.startswith(PREFIX):
            drop(urlsplit(server())._replace(path=f"/{old}").geturl())
    _migrate(create(f"{name}_new"))
    with psycopg.connect(server(), autocommit=True) as session:
        session.execute(f"ALTER DATABASE {name}_new RENAME TO {name}".encode())
    return url


def _in_file(name: str) -> str:
    path = VAR_DIR / f"{name}.sqlite3"
    if not path.exists():
        for old in VAR_DIR.glob(f"{PREFIX}*"):
            old.unlink()
        half_made = VAR_DIR / f"{name}.new.sqlite3"
        _migrate(f"sqlite:///{half_made}")
        copy_file(f"sqlite:///{half_made}", path)
        half_made.unlink()
    return f"sqlite:///{path}"


def _migrate(url: str) -> None:
    done = subprocess.run(
        [sys.executable, str(BASE_DIR / "manage.py"), "migrate", "--verbosity", "0"],
        cwd=BASE_DIR,
        # The tests' settings stand in one file for dj-stripe's slow migrations.
        env={
            **os.environ,
            "TEST_DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "HOSSAGENT_ENV_FILE": "",
            "SESSION_SECRET": "only-for-tests",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def _digest() -> str:
    """A word for everything that migrating depends on: the libraries' versions, every
    migration, and the settings and commands of ours that change how it is done."""
    found = hashlib.sha256()
    for library in ("django", "dj-stripe", "psycopg"):
        found.update(f"{library} {importlib.metadata.version(library)}\n".encode())
    folders = {Path(app.path) for app in apps.get_app_configs()}
    files = [path for folder in folders for path in folder.rglob("*migrations/*.py")]
    for path in sorted([*files, BASE_DIR / "tests" / "settings.py"]):
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Workers of one run, and of two, make a template one after the other."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

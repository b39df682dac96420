"""Databases of releases as text: written once for each release, restored by tests."""

from __future__ import annotations

import gzip
import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from django.db import connection

from hossagent.config import BASE_DIR
from hossagent.storage import database
from tests.helpers import databases
from tests.upgrade.release import QUIET, environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

RELEASES = Path(__file__).with_name("releases")


@dataclass(frozen=True, slots=True)
class Dump:
    """What is kept of one release: its database on both engines, and what is true of it."""

    version: str

    def __str__(self) -> str:
        return self.version

    @property
    def folder(self) -> Path:
        return RELEASES / self.version

    def facts(self, vendor: str) -> dict[str, Any]:
        return dict(json.loads((self.folder / f"{vendor}.json").read_text("utf-8")))

    def text(self, vendor: str) -> str:
        with gzip.open(self.folder / f"{vendor}.sql.gz", "rt", encoding="utf-8") as packed:
            return packed.read()

    def write(self, url: str, facts: dict[str, Any]) -> None:
        """Keep the database at `url` and its facts; the same rows make the same bytes."""
        vendor = vendor_of(url)
        self.folder.mkdir(parents=True, exist_ok=True)
        written = json.dumps(facts, indent=2, sort_keys=True) + "\n"
        (self.folder / f"{vendor}.json").write_text(written, "utf-8")
        packed = gzip.compress(_sql(url).encode(), mtime=0)
        (self.folder / f"{vendor}.sql.gz").write_bytes(packed)

    def restore(self, name: str, folder: Path) -> str:
        """The URL of a new database as the release left it, on the engine under test."""
        if databases.server():
            url = databases.create(name)
            with psycopg.connect(url, autocommit=True) as server:
                server.execute(self.text("postgresql").encode())
            return url
        path = folder / f"{name}.sqlite3"
        path.unlink(missing_ok=True)
        with closing(sqlite3.connect(path)) as file:
            file.executescript(self.text("sqlite"))
        return f"sqlite:///{path}"


def kept() -> list[Dump]:
    """Every release of which a database is kept, oldest first."""
    versions = [path.name for path in RELEASES.iterdir() if path.is_dir()]
    return [Dump(version) for version in sorted(versions, key=number_of)]


def number_of(version: str) -> tuple[int, ...]:
    """ "0.10.0" as (0, 10, 0), which is later than (0, 9, 0)."""
    return tuple(int(part) for part in version.split("."))


def vendor_of(url: str) -> str:
    return "sqlite" if url.startswith("sqlite") else "postgresql"


def upgrade(url: str) -> str:
    """Bring the database at `url` to today, as an operator does; returns what was printed."""
    done = subprocess.run(
        [sys.executable, str(BASE_DIR / "manage.py"), "migrate"],
        cwd=BASE_DIR,
        env=environment({**QUIET, "DATABASE_URL": url}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


# What a table is made of, in the words of the engine: columns, rules, indexes, triggers.
_SCHEMA = {
    "sqlite": """
        SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND type <> 'table'
        UNION ALL
        SELECT 'column of ' || t.name, c.name, c.type || c."notnull" || COALESCE(c.dflt_value, '')
        FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table'
        UNION ALL
        SELECT 'table', name, sql FROM sqlite_master WHERE type = 'table'
    """,
    "postgresql": """
        SELECT 'column of ' || table_name, column_name::text,
               concat_ws(' ', data_type, is_nullable, column_default)
        FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL
        SELECT 'constraint of ' || conrelid::regclass, conname,
               pg_get_constraintdef(oid) || ' ' || convalidated
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL
        SELECT 'index', i.indexrelid::regclass::text,
               pg_get_indexdef(i.indexrelid) || ' ' || i.indisvalid
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE c.relnamespace = 'public'::regnamespace
        UNION ALL
        SELECT 'trigger', tgname, pg_get_triggerdef(oid)
        FROM pg_trigger WHERE NOT tgisinternal
    """,
}


def schema_of(url: str) -> set[tuple[str, str, str]]:
    """Kind, name and definition of every part of the database's tables."""
    query = _SCHEMA[vendor_of(url)]
    if vendor_of(url) == "sqlite":
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
            found = file.execute(query).fetchall()
    else:
        with psycopg.connect(url) as server:
            found = server.execute(query.encode()).fetchall()
    return {(kind, name, _plain(kind, text)) for kind, name, text in found}


def _plain(kind: str, text: str) -> str:
    """A definition without what differs between two ways to the same: the order of columns
    in a table, and the casts and brackets that restoring a dump adds."""
    if kind == "table":
        return " ".join(
            sorted(re.findall(r'CONSTRAINT "\w+" (?:CHECK|UNIQUE)|REFERENCES "\w+"', text))
        )
    return re.sub(r"::(?:character varying|text|bpchar)(?:\[\])?|[()]", "", text)


def put_rows(source: str, target: str, *, tables: Sequence[str]) -> None:
    """Empty the tables in `target`, and write the rows of `source` there, naming only the
    columns that `source` has. Foreign keys are checked at the end."""
    if vendor_of(target) == "sqlite":
        with closing(sqlite3.connect(target.removeprefix("sqlite:///"))) as file, file:
            file.execute("ATTACH ? AS source", [source.removeprefix("sqlite:///")])
            for table in tables:
                file.execute(f'DELETE FROM main."{table}"')
                found = file.execute(f"SELECT name FROM pragma_table_info('{table}', 'source')")
                names = ", ".join(f'"{name}"' for (name,) in found)
                file.execute(
                    f'INSERT INTO main."{table}" ({names}) SELECT {names} FROM source."{table}"'
                )
            assert file.execute("PRAGMA main.foreign_key_check").fetchall() == []
        return
    with psycopg.connect(source) as old, psycopg.connect(target) as new:
        for table in tables:
            new.execute(f'DELETE FROM "{table}"'.encode())
        for table in tables:
            columns = old.execute(f'SELECT * FROM "{table}" LIMIT 0'.encode()).description or []
            names = ", ".join(f'"{column.name}"' for column in columns)
            rows = f'COPY "{table}" ({names})'
            with (
                old.cursor().copy(f"{rows} TO STDOUT".encode()) as reader,
                new.cursor().copy(f"{rows} FROM STDIN".encode()) as writer,
            ):
                for block in reader:
                    writer.write(block)


@contextmanager
def connected(url: str) -> Iterator[None]:
    """Django's connection leads to `url`."""
    before = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(
        {key: value for key, value in database(url).items() if key != "TEST"}
    )
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.clear()
        connection.settings_dict.update(before)


def _sql(url: str) -> str:
    if vendor_of(url) == "sqlite":
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
            return "\n".join(file.iterdump()) + "\n"
    printed = subprocess.run(
        ["pg_dump", "--no-owner", "--no-privileges", "--rows-per-insert=200", url],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    # Words to psql; this text goes to the server itself.
    return "\n".join(line for line in printed.splitlines() if not line.startswith("\\")) + "\n"

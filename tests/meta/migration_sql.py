"""What the SQL of a migration does to work that goes on beside it.

On Postgres squawk (https://squawkhq.com/docs/rules) judges it, and here stands what squawk
cannot know: which column the old code leaves out, and which release stopped using one.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import connection
from django.db.utils import ConnectionHandler

from hossagent.lib.schema.sql import collect_sql, rebuilt_tables
from hossagent.management.commands.draw_states import stateful_models
from tests.meta.migration_rules import SMALL_TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.db.migrations import Migration
    from django.db.migrations.state import ProjectState

SQUAWK = str(Path(sys.executable).with_name("squawk"))
# The rules of squawk that hold here. The others are matters of taste, or `migrate` keeps them:
# it sets the time-outs and runs a migration again that was interrupted.
HELD = {
    "adding-field-with-default",
    "adding-foreign-key-constraint",
    "adding-not-nullable-field",
    "adding-required-field",
    "adding-serial-primary-key-field",
    "ban-drop-column",
    "ban-drop-database",
    "ban-drop-table",
    "ban-truncate-cascade",
    "changing-column-type",
    "constraint-missing-not-valid",
    "disallowed-unique-constraint",
    "renaming-column",
    "renaming-table",
    "require-concurrent-index-creation",
    "require-concurrent-index-deletion",
    "require-concurrent-reindex",
    "syntax-error",
}
# The last step over two releases: allowed once a release that no longer uses it is out.
CONTRACTS = {"ban-drop-column", "ban-drop-table"}

_TABLE = r'"?(\w+)"?'
_CREATED = re.compile(rf"CREATE TABLE (?:IF NOT EXISTS )?{_TABLE}", re.IGNORECASE)
_TYPE = re.compile(rf'ALTER TABLE {_TABLE} ALTER COLUMN "?(\w+)"? TYPE (.+?)(?: USING |;|$)', re.I)
_DROP_DEFAULT = re.compile(rf'ALTER TABLE {_TABLE} ALTER COLUMN "?(\w+)"? DROP DEFAULT', re.I)
# What changes tables. Everything else changes or reads rows, also behind a word of its own.
_TABLES_ONLY = re.compile(
    r"^(?:CREATE|ALTER|DROP|COMMENT|SET CONSTRAINTS)\b(?!.*\bAS SELECT\b)", re.I
)
_INSERT = re.compile(rf"^INSERT INTO {_TABLE}", re.IGNORECASE)
_CONCURRENTLY = re.compile(r"\bINDEX CONCURRENTLY\b", re.IGNORECASE)
_DROP_TRIGGER = re.compile(r"^DROP TRIGGER", re.IGNORECASE)


def statements_of(collected: Sequence[str]) -> list[str]:
    """One statement a line, without comments."""
    lines = (" ".join(one.split()) for one in collected)
    return [line for line in lines if line and not line.startswith("--")]


# --- Postgres ------------------------------------------------------------------------


def judge_postgres(
    migration: Migration, before: ProjectState, *, released: Sequence[str]
) -> list[str]:
    """The rules that its SQL breaks on Postgres, sorted. Needs a connection to one."""
    assert connection.vendor == "postgresql"
    sql = statements_of(collect_sql(connection, migration, before))
    after = migration.mutate_state(before, preserve=True)
    found = {
        rule
        for rule, statement in _squawk(sql, is_atomic=migration.atomic)
        if not (rule in CONTRACTS and getattr(migration, "unused_since", "") in released)
        and not (rule == "changing-column-type" and _only_widens(statement, before))
    }
    return sorted(found | set(_what_squawk_cannot_know(sql, migration, after)))


def _squawk(sql: Sequence[str], *, is_atomic: bool) -> Iterator[tuple[str, str]]:
    """Each rule of squawk that is broken, with its statement."""
    flags = ["--assume-in-transaction"] if is_atomic else []
    told = subprocess.run(
        [SQUAWK, "--reporter", "json", "--pg-version", "15", *flags, "--stdin-filepath", "x.sql"],
        input="\n".join(one if one.endswith(";") else f"{one};" for one in sql),
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    for one in json.loads(told or "[]"):
        if one["rule_name"] in HELD:
            yield one["rule_name"], sql[one["line"]]


def _only_widens(statement: str, before: ProjectState) -> bool:
    """Postgres rewrites nothing when a varchar becomes longer or a text:
    https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES"""
    parts = _TYPE.search(statement)
    if parts is None:
        return False
    table, column, wanted = parts.groups()
    old = _column_type(before, table, column)
    from_length, to_length = _length(old), _length(wanted)
    return from_length is not None and to_length is not None and to_length >= from_length


def _length(kind: str) -> float | None:
    """How many characters it takes; None for what is no text."""
    if kind.strip() == "text":
        return float("inf")
    found = re.fullmatch(r"varchar\((\d+)\)", kind.strip())
    return float(found[1]) if found else None


def _column_type(state: ProjectState, table: str, column: str) -> str:
    for model in state.apps.get_models():
        if model._meta.db_table == table:
            for field in model._meta.local_fields:
                if field.column == column:
                    return str(field.db_type(connection))
    return ""


def _is_mandatory(state: ProjectState, table: str, column: str) -> bool:
    return any(
        field.column == column and not field.null
        for model in state.apps.get_models()
        if model._meta.db_table == table
        for field in model._meta.local_fields
    )


def _what_squawk_cannot_know(
    sql: Sequence[str], migration: Migration, after: ProjectState
) -> Iterator[str]:
    created = {table for one in sql for table in _CREATED.findall(one)}
    for one in sql:
        dropped = _DROP_DEFAULT.search(one)
        if dropped and dropped[1] not in created and _is_mandatory(after, dropped[1], dropped[2]):
            yield "mandatory-without-db-default"
        insert = _INSERT.search(one)
        if not _TABLES_ONLY.search(one) and not (insert and insert[1] in created | SMALL_TABLES):
            yield "data-in-a-migration"
        if migration.atomic and _CONCURRENTLY.search(one):
            yield "concurrently-in-a-transaction"
        if not migration.atomic and _DROP_TRIGGER.search(one):
            yield "trigger-missing-for-a-moment"


# --- SQLite --------------------------------------------------------------------------


def judge_sqlite(migration: Migration, before: ProjectState, *, notes: str) -> list[str]:
    """The rules that its SQL breaks on SQLite, sorted: forwards, and on the way back."""
    scratch = ConnectionHandler(
        {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
    )["default"]
    try:
        there = collect_sql(scratch, migration, before)
        back: list[str] = []
        if all(operation.reversible for operation in migration.operations):
            back = collect_sql(scratch, migration, before, backwards=True)
    finally:
        scratch.close()
    created = {table for one in there for table in _CREATED.findall(one)}
    rebuilt = set(rebuilt_tables(there)) - created
    found = {"rebuild-without-a-note" for table in rebuilt if table not in notes}
    for sql in (there, back):
        found |= {"rebuild-drops-a-trigger" for _ in _triggers_lost(statements_of(sql))}
    return sorted(found)


def _triggers_lost(sql: Sequence[str]) -> Iterator[str]:
    """The tables with a status that are rebuilt and have no trigger afterwards."""
    stateful = {model._meta.db_table for model in stateful_models()}
    for table in stateful & set(rebuilt_tables(sql)):
        renamed = max(
            number for number, one in enumerate(sql) if f'"new__{table}" RENAME TO' in one
        )
        following = " ".join(sql[renamed:])
        if not re.search(rf'CREATE TRIGGER "\w+" BEFORE UPDATE OF "\w+" ON "{table}"', following):
            yield table

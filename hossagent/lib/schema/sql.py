"""The SQL of a migration as Django would run it, without running it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.migrations import Migration
    from django.db.migrations.state import ProjectState

# Django rebuilds a table on SQLite under this name, and then renames it.
_REBUILT = re.compile(r'CREATE TABLE "new__(\w+)"')


def collect_sql(
    connection: BaseDatabaseWrapper,
    migration: Migration,
    before: ProjectState,
    *,
    backwards: bool = False,
) -> list[str]:
    """The statements that the migration runs on this kind of database, from the state `before`.

    What cannot be written as SQL is in it as a comment, as in `manage.py sqlmigrate`.
    """
    with connection.schema_editor(collect_sql=True, atomic=migration.atomic) as editor:
        work = migration.unapply if backwards else migration.apply
        work(before.clone(), editor, collect_sql=True)
    return [str(statement) for statement in editor.collected_sql]


def rebuilt_tables(statements: Iterable[str]) -> list[str]:
    """The tables that SQLite writes anew, row by row."""
    return sorted({table for one in statements for table in _REBUILT.findall(one)})

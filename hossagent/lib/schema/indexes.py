"""Indexes that are built and dropped while others write to the table.

https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.migrations.operations import AddIndex, RemoveIndex

from hossagent.lib.schema.online import (
    Repeatable,
    ask,
    execute,
    is_online,
    quoted,
    without_lock_timeout,
)

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState


class AddIndexOnline(Repeatable, AddIndex):
    """Add an index without keeping writers waiting.

    What an interrupted build left is dropped and built again.
    """

    atomic = False

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if not is_online(schema_editor):
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        statement = str(self.index.create_sql(model, schema_editor, concurrently=True))
        build_index(schema_editor, self.index.name, statement)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if not is_online(schema_editor):
            super().database_backwards(app_label, schema_editor, from_state, to_state)
            return
        drop_index(schema_editor, self.index.name)


class RemoveIndexOnline(Repeatable, RemoveIndex):
    """Remove an index without keeping anybody waiting."""

    atomic = False

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if not is_online(schema_editor):
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        drop_index(schema_editor, self.name)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if not is_online(schema_editor):
            super().database_backwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        index = to_state.models[app_label, self.model_name_lower].get_index_by_name(self.name)
        statement = str(index.create_sql(model, schema_editor, concurrently=True))
        build_index(schema_editor, self.name, statement)


def build_index(editor: BaseDatabaseSchemaEditor, name: str, statement: str) -> None:
    """Build the index `name` by `statement`, unless it is there and valid."""
    is_valid = ask(
        editor,
        "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)",
        quoted(editor, name),
    )
    if is_valid:
        return
    if is_valid is False:
        drop_index(editor, name)
    with without_lock_timeout(editor):
        execute(editor, statement)


def drop_index(editor: BaseDatabaseSchemaEditor, name: str) -> None:
    with without_lock_timeout(editor):
        execute(editor, f"DROP INDEX CONCURRENTLY IF EXISTS {quoted(editor, name)}")

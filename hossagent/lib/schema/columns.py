"""Columns that become mandatory, or a foreign key, while others write to the table."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from django.db.migrations.operations import AddField, AlterField

from hossagent.lib.schema.constraints import add_not_valid, validate
from hossagent.lib.schema.indexes import build_index
from hossagent.lib.schema.online import (
    Repeatable,
    execute,
    has_column,
    is_online,
    quoted,
    table_of,
)

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState
    from django.db.models import ForeignKey


class SetNotNullOnline(Repeatable, AlterField):
    """Make a nullable column mandatory; nothing else of the field may change.

    Postgres takes a validated check as the proof and reads no row while it locks the table:
    https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DROP-NOT-NULL
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
        table = table_of(model)
        column = str(model._meta.get_field(self.name).column)  # noqa: SLF001 # Django's documented _meta API
        name = f"{table[:24]}_{column[:28]}_not_null"
        alter = f"ALTER TABLE {quoted(schema_editor, table)}"
        add_not_valid(
            schema_editor,
            table=table,
            name=name,
            statement=f"{alter} ADD CONSTRAINT {quoted(schema_editor, name)} "
            f"CHECK ({quoted(schema_editor, column)} IS NOT NULL)",
        )
        validate(schema_editor, table=table, name=name)
        execute(schema_editor, f"{alter} ALTER COLUMN {quoted(schema_editor, column)} SET NOT NULL")
        execute(schema_editor, f"{alter} DROP CONSTRAINT {quoted(schema_editor, name)}")

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Postgres drops it in a moment, and Django's own operation says so."""
        super().database_forwards(app_label, schema_editor, from_state, to_state)


class AddForeignKeyOnline(Repeatable, AddField):
    """Add a nullable foreign key: the column, the constraint, and its index, in this order."""

    atomic = False

    def __init__(self, model_name: str, name: str, field: ForeignKey[Any, Any]) -> None:
        if not field.null:
            raise TypeError("AddForeignKeyOnline adds a nullable column.")
        super().__init__(model_name, name, field)

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
        editor: Any = schema_editor  # its names of constraints and indexes are not in the stubs
        model = to_state.apps.get_model(app_label, self.model_name)
        field: Any = model._meta.get_field(self.name)  # noqa: SLF001 # Django's documented _meta API
        table = table_of(model)
        if not has_column(schema_editor, table, field.column):
            bare = copy.copy(field)
            bare.db_constraint = bare.db_index = False
            schema_editor.add_field(model, bare)
        if field.db_constraint:
            key = editor._create_fk_sql(model, field, "_fk_%(to_table)s_%(to_column)s")  # noqa: SLF001 # Django's own name of it
            name = str(key.parts["name"]).strip('"')
            add_not_valid(schema_editor, table=table, name=name, statement=str(key))
            validate(schema_editor, table=table, name=name)
        if field.db_index:
            index = editor._create_index_sql(model, fields=[field], concurrently=True)  # noqa: SLF001 # Django's own name of it
            build_index(schema_editor, str(index.parts["name"]).strip('"'), str(index))

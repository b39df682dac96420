"""Constraints that hold for new rows at once and are checked for old rows beside live work.

https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES: adding one
NOT VALID takes a moment, and validating it lets everybody write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.postgres import operations as postgres
from django.db.migrations.operations import AddConstraint, RemoveConstraint
from django.db.models import CheckConstraint, UniqueConstraint

from hossagent.lib.schema.indexes import build_index, drop_index
from hossagent.lib.schema.online import (
    Repeatable,
    execute,
    has_constraint,
    is_online,
    quoted,
    table_of,
)

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState
    from django.db.models import BaseConstraint, Model


class AddConstraintOnline(Repeatable, AddConstraint):
    """Add a check and validate it, each in a transaction of its own.

    A unique constraint is `AddUniqueOnline`, a foreign key `AddForeignKeyOnline`.
    """

    atomic = False
    model_name: str
    constraint: CheckConstraint

    def __init__(self, model_name: str, constraint: BaseConstraint) -> None:
        if not isinstance(constraint, CheckConstraint):
            raise TypeError("AddConstraintOnline adds a CheckConstraint.")
        super().__init__(model_name, constraint)

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
        add_not_valid(
            schema_editor,
            table=table_of(model),
            name=self.constraint.name,
            statement=str(self.constraint.create_sql(model, schema_editor)),
        )
        validate(schema_editor, table=table_of(model), name=self.constraint.name)


class AddUniqueOnline(Repeatable, AddConstraint):
    """Add a unique constraint from an index that was built while others write.

    With a condition, expressions or included columns the index alone is the constraint, as it
    is in Django.
    """

    atomic = False
    model_name: str
    constraint: UniqueConstraint

    def __init__(self, model_name: str, constraint: BaseConstraint) -> None:
        if not isinstance(constraint, UniqueConstraint):
            raise TypeError("AddUniqueOnline adds a UniqueConstraint.")
        if constraint.deferrable or constraint.nulls_distinct is not None:
            raise TypeError("AddUniqueOnline knows neither deferrable nor nulls_distinct.")
        super().__init__(model_name, constraint)

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
        table, name = table_of(model), self.constraint.name
        if has_constraint(schema_editor, table, name):
            return
        build_index(schema_editor, name, self._index_sql(model, schema_editor))
        if not is_index_only(self.constraint):
            execute(
                schema_editor,
                f"ALTER TABLE {quoted(schema_editor, table)} "
                f"ADD CONSTRAINT {quoted(schema_editor, name)} "
                f"UNIQUE USING INDEX {quoted(schema_editor, name)}",
            )

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if is_online(schema_editor) and is_index_only(self.constraint):
            drop_index(schema_editor, self.constraint.name)
            return
        super().database_backwards(app_label, schema_editor, from_state, to_state)

    def _index_sql(self, model: type[Model], editor: BaseDatabaseSchemaEditor) -> str:
        if is_index_only(self.constraint):
            plain = str(self.constraint.create_sql(model, editor))
            return plain.replace("UNIQUE INDEX", "UNIQUE INDEX CONCURRENTLY", 1)
        fields = [model._meta.get_field(name) for name in self.constraint.fields]  # noqa: SLF001 # Django's documented _meta API
        columns = ", ".join(quoted(editor, str(field.column)) for field in fields)  # type: ignore[union-attr] # a constraint is on columns
        name, table = quoted(editor, self.constraint.name), quoted(editor, table_of(model))
        return f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON {table} ({columns})"


class RemoveConstraintOnline(Repeatable, RemoveConstraint):
    """Remove a check or a unique constraint; taken back, it is added beside live work.

    With `AddConstraintOnline` behind it, a check is exchanged for another of its name.
    """

    atomic = False
    model_name: str
    model_name_lower: str
    name: str

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
        if is_index_only(self._constraint(app_label, from_state)):
            drop_index(schema_editor, self.name)
            return
        table = table_of(from_state.apps.get_model(app_label, self.model_name))
        execute(
            schema_editor,
            f"ALTER TABLE {quoted(schema_editor, table)} "
            f"DROP CONSTRAINT IF EXISTS {quoted(schema_editor, self.name)}",
        )

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        constraint = self._constraint(app_label, to_state)
        add = AddConstraintOnline if isinstance(constraint, CheckConstraint) else AddUniqueOnline
        add(self.model_name, constraint).database_forwards(
            app_label, schema_editor, from_state, to_state
        )

    def _constraint(self, app_label: str, state: ProjectState) -> BaseConstraint:
        model: Any = state.models[app_label, self.model_name_lower]
        found: BaseConstraint = model.get_constraint_by_name(self.name)
        return found


class ValidateConstraint(Repeatable, postgres.ValidateConstraint):
    """Check the old rows for a constraint that was added NOT VALID by other means.

    SQLite has no such constraints: there, nothing is to be done.
    """

    atomic = False

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if is_online(schema_editor):
            super().database_forwards(app_label, schema_editor, from_state, to_state)


def is_index_only(constraint: Any) -> bool:
    """Whether Django makes it as a unique index, without a constraint of the table."""
    return isinstance(constraint, UniqueConstraint) and bool(
        constraint.condition
        or constraint.expressions
        or constraint.include  # type: ignore[attr-defined] # the stubs do not know it
        or constraint.opclasses  # type: ignore[attr-defined] # likewise
    )


def add_not_valid(
    editor: BaseDatabaseSchemaEditor, *, table: str, name: str, statement: str
) -> None:
    """Let a constraint hold for new rows, unless it is there."""
    if not has_constraint(editor, table, name):
        execute(editor, f"{statement} NOT VALID")


def validate(editor: BaseDatabaseSchemaEditor, *, table: str, name: str) -> None:
    """Check the old rows; nothing happens when they have been checked."""
    execute(
        editor, f"ALTER TABLE {quoted(editor, table)} VALIDATE CONSTRAINT {quoted(editor, name)}"
    )

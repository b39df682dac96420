"""A table of its own for tests of what changes tables."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db import connection, models
from django.db.migrations.state import ModelState, ProjectState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.migrations.operations.base import Operation

TABLE = "agents_thing"


@contextmanager
def thing_table(*, rows: int = 3) -> Iterator[ProjectState]:
    """The table `agents_thing` with rows whose `size` counts from 1, and the state that knows
    it. It is dropped afterwards, however it looks by then."""
    state = ProjectState()
    fields: list[tuple[str, models.Field[Any, Any]]] = [
        ("id", models.BigAutoField(primary_key=True)),
        ("size", models.IntegerField(null=True)),
        ("status", models.CharField(max_length=8, default="red")),
    ]
    state.add_model(ModelState("agents", "Thing", fields))
    model = state.apps.get_model("agents", "Thing")
    with connection.schema_editor() as editor:
        editor.create_model(model)
    model._default_manager.bulk_create([model(size=number + 1) for number in range(rows)])
    try:
        yield state
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")


def apply(operation: Operation, state: ProjectState) -> ProjectState:
    """Run the operation as a migration that is not atomic does; returns the new state."""
    after = state.clone()
    operation.state_forwards("agents", after)
    with connection.schema_editor(atomic=False) as editor:
        operation.database_forwards("agents", editor, state, after)
    return after


def unapply(operation: Operation, before: ProjectState, after: ProjectState) -> None:
    """Take the operation back."""
    with connection.schema_editor(atomic=False) as editor:
        operation.database_backwards("agents", editor, after, before)


def names_on_table() -> list[str]:
    """The names of the table's constraints and indexes that migrations gave."""
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, TABLE)
    return sorted(name for name in found if name.startswith("thing_"))


def nullable_columns() -> list[str]:
    with connection.cursor() as cursor:
        columns = connection.introspection.get_table_description(cursor, TABLE)
    return [column.name for column in columns if column.null_ok]

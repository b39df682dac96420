"""State machines: a table in code, a guarded UPDATE to move, a trigger to hold the line.

A `Transitions` table lists which status may follow which. `StateQuerySet.move()` changes
a status with one UPDATE that carries the source status, so that of many callers exactly
one wins. `EnforceTransitions` writes the same table into the database as a trigger:
whatever code or person updates the row, a move that the table forbids is refused.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models
from django.db.migrations.operations.base import Operation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState


class IllegalTransition(Exception):
    """The table has no such move; the caller is wrong, whatever the row says."""


class Transitions:
    """Which status may follow which, with every status of `states` in the table."""

    def __init__(
        self,
        states: type[models.TextChoices],
        table: Mapping[Any, Iterable[Any]],
        *,
        initial: Iterable[Any],
    ) -> None:
        self.states = states
        self.initial = frozenset(str(state) for state in initial)
        self.table = {str(s): frozenset(str(t) for t in targets) for s, targets in table.items()}
        named = set(self.table) | self.initial | set().union(*self.table.values())
        if named != set(states.values):
            raise ValueError(f"{states.__name__}: table and states differ: {named}")

    def allows(self, source: str, target: str) -> bool:
        return str(target) in self.table.get(str(source), frozenset())

    def check(self, source: str, target: str) -> None:
        """Raises `IllegalTransition` unless the table holds source → target."""
        if not self.allows(source, target):
            raise IllegalTransition(f"{self.states.__name__}: {source} → {target}")

    def sources(self, target: str) -> list[str]:
        """Every status from which `target` can be reached in one move."""
        return sorted(s for s, targets in self.table.items() if str(target) in targets)

    @property
    def terminal(self) -> frozenset[str]:
        return frozenset(s for s in self.states.values if not self.table.get(s))

    def pairs(self) -> list[tuple[str, str]]:
        """Every allowed move, sorted: what a migration freezes into its trigger."""
        return sorted((s, t) for s, targets in self.table.items() for t in targets)


_Row = TypeVar("_Row", bound=models.Model)


class StateQuerySet(models.QuerySet[_Row]):
    """A queryset for a model that names its table in `transitions`."""

    def move(self, *, source: str, target: str, **fields: Any) -> int:
        """Move the selected rows that are still in `source`; returns how many moved.

        Zero means somebody else was first: the count is the answer, never a look-up.
        Raises `IllegalTransition` when the table forbids the move.
        """
        self.model.transitions.check(source, target)  # type: ignore[attr-defined] # named by each stateful model
        return self.filter(status=source).update(status=target, **fields)


class EnforceTransitions(Operation):
    """Make the database refuse any status change that is not among `pairs`.

    The pairs are written out in the migration, because a migration must not change
    when the code does; a meta test tells when they differ from the table in code.
    """

    reversible = True

    def __init__(self, model_name: str, pairs: list[tuple[str, str]], column: str = "status"):
        self.model_name = model_name
        self.pairs = [(source, target) for source, target in pairs]
        self.column = column

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (
            self.__class__.__name__,
            [],
            {"model_name": self.model_name, "pairs": self.pairs, "column": self.column},
        )

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        pass

    def describe(self) -> str:
        return f"Enforce the transitions of {self.model_name}.{self.column}"

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        table = self._table(app_label, to_state)
        self._drop(schema_editor, table)
        name = self._name(table)
        allowed = ", ".join(f"'{source}>{target}'" for source, target in self.pairs) or "''"
        move = f'OLD."{self.column}" || \'>\' || NEW."{self.column}"'
        changed = f'OLD."{self.column}" <> NEW."{self.column}"'
        message = f"forbidden transition in {table}"
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute(
                f'CREATE TRIGGER "{name}" BEFORE UPDATE OF "{self.column}" ON "{table}" '
                f"FOR EACH ROW WHEN {changed} AND {move} NOT IN ({allowed}) "
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )
            return
        schema_editor.execute(
            f'CREATE FUNCTION "{name}"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN '
            f'RAISE EXCEPTION \'{message}: % -> %\', OLD."{self.column}", NEW."{self.column}" '
            f"USING ERRCODE = 'integrity_constraint_violation'; END $$",
            params=None,  # the percent signs are PL/pgSQL's
        )
        schema_editor.execute(
            f'CREATE TRIGGER "{name}" BEFORE UPDATE OF "{self.column}" ON "{table}" '
            f"FOR EACH ROW WHEN ({changed} AND ({move}) NOT IN ({allowed})) "
            f'EXECUTE FUNCTION "{name}"()'
        )

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        self._drop(schema_editor, self._table(app_label, from_state))

    def _table(self, app_label: str, state: ProjectState) -> str:
        model = state.apps.get_model(app_label, self.model_name)
        return str(model._meta.db_table)  # noqa: SLF001 # Django's documented _meta API

    def _name(self, table: str) -> str:
        digest = hashlib.sha256(f"{table}.{self.column}".encode()).hexdigest()[:8]
        return f"{table}_{self.column}_{digest}"

    def _drop(self, schema_editor: BaseDatabaseSchemaEditor, table: str) -> None:
        name = self._name(table)
        if schema_editor.connection.vendor == "sqlite":
            schema_editor.execute(f'DROP TRIGGER IF EXISTS "{name}"')
            return
        schema_editor.execute(f'DROP TRIGGER IF EXISTS "{name}" ON "{table}"')
        schema_editor.execute(f'DROP FUNCTION IF EXISTS "{name}"()')


class RepeatTransitions(EnforceTransitions):
    """The trigger again, after SQLite has rebuilt the table and dropped it.

    It stands at both ends of a migration that rebuilds, so that it also holds on the way back.
    On Postgres nothing was dropped, and nothing is done: a trigger that is made again is
    missing for a moment.
    """

    is_repeatable = True

    def describe(self) -> str:
        return f"Keep the transitions of {self.model_name}.{self.column}"

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if schema_editor.connection.vendor == "sqlite":
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        self.database_forwards(app_label, schema_editor, from_state, to_state)

"""What migrations say about a backfill: start it, and one release later ask whether it is done.

They run SQL and import no model, because a migration must not change when the code does. The
one exception is a backfill's `left()`, which is written to run between two migrations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.migrations.operations.base import Operation

from agents.backfills.definitions import DEFINITIONS
from agents.backfills.errors import BackfillNotDone

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.migrations.state import ProjectState

_START = """
INSERT INTO agents_backfill (name, status, due_at, finished_at, cursor, done, done_in_pass,
  attempts, error, started_at, resumed_at, done_at_resume)
SELECT '{name}', CASE WHEN found.has_rows THEN 'running' ELSE 'done' END,
  CASE WHEN found.has_rows THEN CURRENT_TIMESTAMP END,
  CASE WHEN found.has_rows THEN NULL ELSE CURRENT_TIMESTAMP END,
  0, 0, 0, 0, '', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, 0
FROM (SELECT EXISTS (SELECT 1 FROM {table}) AS has_rows) AS found
WHERE NOT EXISTS (SELECT 1 FROM agents_backfill WHERE name = '{name}')
"""


class _BackfillOperation(Operation):
    reversible = True
    is_repeatable = True

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        pass


class StartBackfill(_BackfillOperation):
    """Let the workers fill the rows of `model_name`; without any row it is done at once."""

    def __init__(self, name: str, model_name: str) -> None:
        self.name = name
        self.model_name = model_name

    def describe(self) -> str:
        return f"Start the backfill {self.name}"

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        table = schema_editor.quote_name(model._meta.db_table)  # noqa: SLF001 # Django's documented _meta API
        schema_editor.execute(" ".join(_START.format(name=self.name, table=table).split()))

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        schema_editor.execute(f"DELETE FROM agents_backfill WHERE name = '{self.name}'")  # noqa: S608 # the name is the migration's own


class RequireBackfill(_BackfillOperation):
    """Refuse to go on before the backfill is done, with a sentence that says what to do."""

    def __init__(self, name: str) -> None:
        self.name = name

    def describe(self) -> str:
        return f"Ask whether the backfill {self.name} is done"

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        if schema_editor.collect_sql:
            return
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT status FROM agents_backfill WHERE name = %s", [self.name])
            row = cursor.fetchone()
        status = row[0] if row else "not started"
        if status != "done":
            self._refuse(f"is {status}, and this migration needs it done")
        # Processes of the version before may have added rows since.
        definition = DEFINITIONS.get(self.name)
        if definition and definition.left().using(schema_editor.connection.alias).exists():
            self._refuse("was done, and rows without a value were added since")

    def _refuse(self, says: str) -> None:
        raise BackfillNotDone(
            f"The backfill {self.name} {says}. "
            f"Run `manage.py backfills --run {self.name}`, then `manage.py migrate` again."
        )

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        pass

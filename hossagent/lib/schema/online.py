"""What the operations beside live work share: small transactions, and a second run.

On Postgres each statement of an `OnlineMigration` is a transaction of its own, so that no lock
is held while the next statement works. A migration that was interrupted is run again from its
beginning. Every operation therefore looks first at what is there already.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from django.db import connection, migrations
from django.db.transaction import TransactionManagementError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.schema import BaseDatabaseSchemaEditor
    from django.db.models import Model


class OnlineMigration(migrations.Migration):
    """On Postgres each statement for itself, on SQLite all or nothing.

    It holds only operations that may run twice, such as those of `hossagent.lib.schema`.
    """

    def __init__(self, name: str, app_label: str) -> None:
        super().__init__(name, app_label)
        self.atomic = connection.vendor != "postgresql"  # type: ignore[misc] # by database, not by class


class Repeatable:
    """Marks an operation that may run again after an interruption."""

    is_repeatable = True


def is_online(editor: BaseDatabaseSchemaEditor) -> bool:
    """Whether the database can change a table beside live work.

    Raises `TransactionManagementError` inside a transaction: it would keep every lock.
    """
    if editor.connection.vendor != "postgresql":
        return False
    if editor.connection.in_atomic_block and not editor.collect_sql:
        raise TransactionManagementError(
            "This operation needs a transaction of its own. Derive the migration from "
            "hossagent.lib.schema.OnlineMigration."
        )
    return True


def table_of(model: type[Model]) -> str:
    return str(model._meta.db_table)  # noqa: SLF001 # Django's documented _meta API


def quoted(editor: BaseDatabaseSchemaEditor, name: str) -> str:
    return str(editor.quote_name(name))


def ask(editor: BaseDatabaseSchemaEditor, question: str, *values: str) -> Any:
    """The one value that the database answers. None while SQL is only collected: then every
    statement is shown, whatever is there."""
    if editor.collect_sql:
        return None
    with editor.connection.cursor() as cursor:
        cursor.execute(question, values)
        row = cursor.fetchone()
    return row[0] if row else None


def execute(editor: BaseDatabaseSchemaEditor, statement: str) -> None:
    """Run finished SQL, in which a percent sign is one."""
    editor.execute(statement, params=cast("Any", None))


def has_column(editor: BaseDatabaseSchemaEditor, table: str, column: str) -> bool:
    return bool(
        ask(
            editor,
            "SELECT true FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attname = %s "
            "AND NOT attisdropped",
            quoted(editor, table),
            column,
        )
    )


def has_constraint(editor: BaseDatabaseSchemaEditor, table: str, name: str) -> bool:
    return bool(
        ask(
            editor,
            "SELECT true FROM pg_constraint WHERE conrelid = to_regclass(%s) AND conname = %s",
            quoted(editor, table),
            name,
        )
    )


@contextmanager
def without_lock_timeout(editor: BaseDatabaseSchemaEditor) -> Iterator[None]:
    """For building an index concurrently: it waits for old transactions to end, and nobody
    waits for it meanwhile, so giving up would only leave an invalid index."""
    before = ask(editor, "SHOW lock_timeout")
    if before is None:
        yield
        return
    with editor.connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 0")
    try:
        yield
    finally:
        with editor.connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", [before])

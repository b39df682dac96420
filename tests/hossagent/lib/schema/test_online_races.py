"""Beside a writer whose transaction is open: what waits, what goes on, by the locks themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from django.db import OperationalError, connection, connections, models
from django.db.migrations.operations import AddConstraint, AddIndex
from django.db.models import Q

from hossagent.lib.schema import AddConstraintOnline, AddIndexOnline
from hossagent.lib.schema.constraints import validate
from tests.helpers.schema import TABLE, apply, names_on_table, thing_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.migrations.operations.base import Operation
    from django.db.migrations.state import ProjectState

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]

INDEX = models.Index(fields=["size"], name="thing_size")
CHECK = models.CheckConstraint(condition=Q(size__gte=1), name="thing_size_check")
WRITE = f"UPDATE {TABLE} SET size = size + 1"


@pytest.fixture
def state() -> Iterator[ProjectState]:
    with thing_table() as made:
        yield made


@pytest.fixture
def writer() -> Iterator[psycopg.Connection]:
    """Somebody else, who gives up at once instead of waiting for a lock."""
    connection.ensure_connection()
    with psycopg.connect(connection.connection.info.dsn, autocommit=True) as session:
        session.execute("SET lock_timeout = '10ms'")
        yield session


def locks_of(operation: Operation, state: ProjectState, writer: psycopg.Connection) -> list[str]:
    """What the writer's every attempt came to, tried before each statement of the operation
    and once after each of them, while the operation still holds what it holds."""
    outcomes: list[str] = []

    def beside(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        result = execute(sql, params, many, context)
        try:
            writer.execute(WRITE.encode())
            outcomes.append("written")
        except psycopg.errors.LockNotAvailable:
            outcomes.append("blocked")
        return result

    with connection.execute_wrapper(beside):
        apply(operation, state)
    return sorted(set(outcomes))


def modes(writer: psycopg.Connection, statement: str) -> list[str]:
    """The locks on the table that a statement holds until its transaction ends."""
    with psycopg.connect(connection.connection.info.dsn) as session:
        session.execute(statement.encode())
        rows = writer.execute(
            "SELECT mode FROM pg_locks WHERE relation = %s::regclass AND pid = %s",
            [TABLE, session.info.backend_pid],
        ).fetchall()
        session.rollback()
    return sorted(mode for (mode,) in rows)


@pytest.mark.parametrize(
    "operation", [AddIndexOnline("thing", INDEX), AddConstraintOnline("thing", CHECK)]
)
def test_a_writer_goes_on_between_the_statements(
    state: ProjectState, writer: psycopg.Connection, operation: Operation
) -> None:
    assert locks_of(operation, state, writer) == ["written"]


@pytest.mark.parametrize("operation", [AddIndex("thing", INDEX), AddConstraint("thing", CHECK)])
def test_beside_the_plain_operation_a_writer_waits(
    state: ProjectState, writer: psycopg.Connection, operation: Operation
) -> None:
    after = state.clone()
    operation.state_forwards("agents", after)
    with connection.schema_editor() as editor:
        operation.database_forwards("agents", editor, state, after)
        with pytest.raises(psycopg.errors.LockNotAvailable):
            writer.execute(WRITE.encode())


def test_the_locks_are_those_that_the_manual_names(
    state: ProjectState, writer: psycopg.Connection
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {TABLE} ADD CONSTRAINT thing_x CHECK (size > 0) NOT VALID")

    plain = modes(writer, f"CREATE INDEX thing_plain ON {TABLE} (size)")
    checking = modes(writer, f"ALTER TABLE {TABLE} VALIDATE CONSTRAINT thing_x")

    # SHARE lets nobody write; SHARE UPDATE EXCLUSIVE lets everybody.
    assert "ShareLock" in plain
    assert "ShareUpdateExclusiveLock" in checking
    assert not {"ShareLock", "AccessExclusiveLock"} & set(checking)


def test_validating_goes_on_beside_an_open_write(
    state: ProjectState, writer: psycopg.Connection
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {TABLE} ADD CONSTRAINT thing_x CHECK (size > 0) NOT VALID")
        cursor.execute("SET lock_timeout = '10ms'")
    with writer.transaction():
        writer.execute(WRITE.encode())
        with connection.schema_editor(atomic=False) as editor:
            validate(editor, table=TABLE, name="thing_x")
    connections.close_all()

    assert names_on_table() == ["thing_x"]


def test_an_index_waits_for_old_transactions_without_giving_up(
    state: ProjectState, writer: psycopg.Connection
) -> None:
    """The lock time-out holds again afterwards, for what would keep others waiting."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '10ms'")

    def during(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        if "CONCURRENTLY" in sql:
            (seen,) = connection.connection.execute("SHOW lock_timeout").fetchone()
            timeouts.append(seen)
        return execute(sql, params, many, context)

    timeouts: list[str] = []
    with connection.execute_wrapper(during):
        apply(AddIndexOnline("thing", INDEX), state)
    with writer.transaction():
        writer.execute(WRITE.encode())
        with pytest.raises(OperationalError), connection.cursor() as cursor:
            cursor.execute(f"CREATE INDEX thing_plain ON {TABLE} (size)")
    connections.close_all()

    assert timeouts == ["0"]

"""Operations beside live work: there and back on either database, and once more on Postgres."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.db.models import F, Q
from django.db.models.functions import Lower

from hossagent.lib.schema import (
    AddConstraintOnline,
    AddForeignKeyOnline,
    AddIndexOnline,
    AddUniqueOnline,
    RemoveConstraintOnline,
    RemoveIndexOnline,
    SetNotNullOnline,
)
from hossagent.lib.transitions import EnforceTransitions, RepeatTransitions
from tests.helpers.schema import (
    TABLE,
    apply,
    names_on_table,
    nullable_columns,
    thing_table,
    unapply,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.migrations.operations.base import Operation
    from django.db.migrations.state import ProjectState

pytestmark = pytest.mark.django_db(transaction=True)

INDEX = models.Index(fields=["size"], name="thing_size")
CHECK = models.CheckConstraint(condition=Q(size__gte=1), name="thing_size_check")
UNIQUE = models.UniqueConstraint(fields=["size"], name="thing_size_once")
RED_ONCE = models.UniqueConstraint(
    fields=["size"], condition=Q(status="red"), name="thing_red_once"
)
ONCE = models.UniqueConstraint(Lower("status"), F("size"), name="thing_lower_once")


@pytest.fixture
def state() -> Iterator[ProjectState]:
    with thing_table() as made:
        yield made


def refuses(state: ProjectState, **values: Any) -> bool:
    model = state.apps.get_model("agents", "Thing")
    try:
        with transaction.atomic():
            model._default_manager.create(**values)
    except IntegrityError:
        return True
    return False


@pytest.mark.parametrize(
    ("operation", "name"),
    [
        (AddIndexOnline("thing", INDEX), "thing_size"),
        (AddConstraintOnline("thing", CHECK), "thing_size_check"),
        (AddUniqueOnline("thing", UNIQUE), "thing_size_once"),
        (AddUniqueOnline("thing", RED_ONCE), "thing_red_once"),
        (AddUniqueOnline("thing", ONCE), "thing_lower_once"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_operation_goes_there_and_back(
    state: ProjectState, operation: Operation, name: str
) -> None:
    after = apply(operation, state)
    there = names_on_table()
    unapply(operation, state, after)

    assert (there, names_on_table()) == ([name], [])


@pytest.mark.parametrize(
    ("operation", "values"),
    [
        (AddConstraintOnline("thing", CHECK), {"size": 0}),
        (AddUniqueOnline("thing", UNIQUE), {"size": 3, "status": "blue"}),
        (AddUniqueOnline("thing", RED_ONCE), {"size": 3, "status": "red"}),
        (AddUniqueOnline("thing", ONCE), {"size": 3, "status": "RED"}),
        (SetNotNullOnline("thing", "size", models.IntegerField()), {"size": None}),
    ],
    ids=["check", "unique", "conditional", "expressions", "not null"],
)
def test_what_was_added_is_enforced(
    state: ProjectState, operation: Operation, values: dict[str, Any]
) -> None:
    before = refuses(state, **values)
    state.apps.get_model("agents", "Thing")._default_manager.filter(**values).last().delete()

    after = apply(operation, state)

    assert (before, refuses(after, **values)) == (False, True)


def test_a_column_becomes_mandatory_and_optional_again(state: ProjectState) -> None:
    operation = SetNotNullOnline("thing", "size", models.IntegerField())

    after = apply(operation, state)
    there = nullable_columns()
    unapply(operation, state, after)

    assert (there, nullable_columns()) == ([], ["size"])


def test_a_foreign_key_has_its_constraint_and_index(state: ProjectState) -> None:
    field: Any = models.ForeignKey("agents.Thing", models.CASCADE, null=True, related_name="+")
    operation = AddForeignKeyOnline("thing", "parent", field)

    after = apply(operation, state)
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, TABLE).values()
    of_parent = [
        (bool(c["foreign_key"]), c["index"]) for c in found if c["columns"] == ["parent_id"]
    ]
    unapply(operation, state, after)

    assert sorted(of_parent) == [(False, True), (True, False)]
    assert "parent_id" not in nullable_columns()


def test_an_index_is_removed_and_comes_back(state: ProjectState) -> None:
    with_index = apply(AddIndexOnline("thing", INDEX), state)
    operation = RemoveIndexOnline("thing", "thing_size")

    after = apply(operation, with_index)
    there = names_on_table()
    unapply(operation, with_index, after)

    assert (there, names_on_table()) == ([], ["thing_size"])


@pytest.mark.parametrize("constraint", [CHECK, UNIQUE, RED_ONCE], ids=lambda one: one.name)
def test_a_constraint_is_removed_and_comes_back(state: ProjectState, constraint: Any) -> None:
    add = AddConstraintOnline if constraint is CHECK else AddUniqueOnline
    with_it = apply(add("thing", constraint), state)
    operation = RemoveConstraintOnline("thing", constraint.name)

    after = apply(operation, with_it)
    there = names_on_table()
    if connection.vendor == "postgresql":
        apply(operation, with_it)  # once more, as after an interruption
    unapply(operation, with_it, after)

    assert (there, names_on_table()) == ([], [constraint.name])


@pytest.mark.postgres
@pytest.mark.parametrize(
    "operation",
    [
        AddIndexOnline("thing", INDEX),
        AddConstraintOnline("thing", CHECK),
        AddUniqueOnline("thing", UNIQUE),
        AddUniqueOnline("thing", RED_ONCE),
        SetNotNullOnline("thing", "size", models.IntegerField()),
        AddForeignKeyOnline(
            "thing",
            "parent",
            models.ForeignKey("agents.Thing", models.CASCADE, null=True, related_name="+"),
        ),
    ],
    ids=lambda operation: type(operation).__name__,
)
def test_a_second_run_changes_nothing(state: ProjectState, operation: Operation) -> None:
    """A migration that was interrupted begins again."""

    def shape() -> list[Any]:
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, TABLE)
        return [sorted(found), nullable_columns()]

    apply(operation, state)
    once = shape()
    apply(operation, state)

    assert shape() == once


@pytest.mark.postgres
def test_an_invalid_leftover_is_built_again(state: ProjectState) -> None:
    model = state.apps.get_model("agents", "Thing")
    double = model._default_manager.create(size=3)
    operation = AddUniqueOnline("thing", RED_ONCE)
    with pytest.raises(IntegrityError):
        apply(operation, state)
    leftover = names_on_table()
    double.delete()

    after = apply(operation, state)

    assert leftover == ["thing_red_once"]
    assert refuses(after, size=3)


@pytest.mark.postgres
def test_inside_a_transaction_it_refuses(state: ProjectState) -> None:
    with (
        transaction.atomic(),
        pytest.raises(transaction.TransactionManagementError, match="OnlineMigration"),
    ):
        apply(AddIndexOnline("thing", INDEX), state)

    assert names_on_table() == []


@pytest.mark.parametrize("pairs", [[("red", "blue")]])
def test_the_trigger_survives_a_rebuild(state: ProjectState, pairs: list[tuple[str, str]]) -> None:
    enforce, repeat = EnforceTransitions("thing", pairs), RepeatTransitions("thing", pairs)
    check = AddConstraintOnline("thing", CHECK)
    rows = state.apps.get_model("agents", "Thing")._default_manager.all()

    def holds() -> bool:
        try:
            with transaction.atomic():
                rows.update(status="gone")
                transaction.set_rollback(True)
        except IntegrityError:
            return True
        return False

    apply(enforce, state)
    after = apply(check, state)
    apply(repeat, after)
    there = holds()
    unapply(check, state, after)
    unapply(repeat, state, state)

    assert (there, holds()) == (True, True)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: AddConstraintOnline("thing", UNIQUE), "adds a CheckConstraint"),
        (lambda: AddUniqueOnline("thing", CHECK), "adds a UniqueConstraint"),
        (
            lambda: AddUniqueOnline(
                "thing", models.UniqueConstraint(fields=["size"], nulls_distinct=True, name="x")
            ),
            "nulls_distinct",
        ),
        (
            lambda: AddForeignKeyOnline(
                "thing", "parent", models.ForeignKey("agents.Thing", models.CASCADE)
            ),
            "nullable",
        ),
    ],
)
def test_what_an_operation_cannot_do_it_says(make: Any, says: str) -> None:
    with pytest.raises(TypeError, match=says):
        make()

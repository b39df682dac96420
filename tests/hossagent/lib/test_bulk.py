"""Many rows at once, on both databases: values arrive as given, twins are told apart."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DataError, IntegrityError, connection, transaction

from agents.models import Lead
from hossagent.lib.bulk import insert_ignoring_conflicts
from tests.conftest import NOON
from tests.factories import CustomerFactory, LeadFactory

pytestmark = pytest.mark.django_db

AWKWARD = ["a\tb", "a\nb", "a\rb", "back\\slash", "\\N", "\\.", "'quote\"", "", "é 漢 🙂", "%s"]


def insert(customer_id: int, **columns: list[Any]) -> list[tuple[Any, ...]]:
    constants = {
        "customer_id": customer_id,
        "company": "Acme",
        "reason": "r",
        "source": "test",
        "created_at": NOON,
    }
    return insert_ignoring_conflicts(
        Lead,
        constants={name: value for name, value in constants.items() if name not in columns},
        columns=columns,
        returning=("email_key",),
    )


@pytest.fixture
def customer_id() -> int:
    return CustomerFactory.create().pk


@pytest.fixture(autouse=True, params=[200, 0], ids=["as one parameter", "staged"])
def _few(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Postgres has two ways; small numbers of rows take the second one too."""
    monkeypatch.setattr("hossagent.lib.bulk._FEW", request.param)


@pytest.mark.parametrize("repeat", [1, 60], ids=["one piece", "several pieces"])
def test_values_arrive_as_they_were_given(customer_id: int, repeat: int) -> None:
    names = AWKWARD * repeat
    keys = [f"p{n}@firm.com" for n in range(len(names))]
    documents: list[Any] = [{"text": name, "n": [n, None, True]} for n, name in enumerate(names)]
    times = [NOON if n % 3 else None for n in range(len(names))]
    flags = [n % 2 == 0 for n in range(len(names))]
    emails = [f"p{n}@firm.{'test' if flag else 'com'}" for n, flag in enumerate(flags)]

    made = insert(
        customer_id,
        contact_name=names,
        email_key=emails,
        email=keys,
        evidence=documents,
        is_fictional=flags,
        research_due_at=times,
        research_attempts=list(range(len(names))),
    )

    assert [key for _, key in made] == emails
    stored = Lead.objects.order_by("pk").values_list(
        *("pk", "contact_name", "email", "evidence", "is_fictional"),
        *("research_due_at", "research_attempts", "company", "source", "created_at", "status"),
    )
    assert list(stored) == [
        (pk, name, key, document, flag, at, n, "Acme", "test", NOON, "new")
        for n, ((pk, _), name, key, document, flag, at) in enumerate(
            zip(made, names, keys, documents, flags, times, strict=True)
        )
    ]


def test_the_first_twin_is_made_and_known_rows_stay(customer_id: int) -> None:
    LeadFactory.create(customer_id=customer_id, email="old@firm.com", company="Old")

    made = insert(
        customer_id,
        email_key=["new@firm.com", "old@firm.com", "new@firm.com"],
        contact_name=["first", "known", "second"],
    )

    assert [key for _, key in made] == ["new@firm.com"]
    assert sorted(Lead.objects.values_list("email_key", "contact_name", "company")) == [
        ("new@firm.com", "first", "Acme"),
        ("old@firm.com", Lead.objects.get(company="Old").contact_name, "Old"),
    ]


def test_of_equal_rows_the_constraint_lets_one_in(customer_id: int) -> None:
    made = insert(customer_id, email_key=["same@firm.com"] * 3)

    assert [key for _, key in made] == ["same@firm.com"]
    assert insert(customer_id, email_key=["same@firm.com"]) == []
    assert insert(customer_id, email_key=[]) == []


def test_two_calls_of_one_transaction_may_vary_in_other_columns(customer_id: int) -> None:
    with transaction.atomic():
        insert(customer_id, email_key=["a@firm.com", "b@firm.com"])
        insert(customer_id, email_key=["c@firm.com", "d@firm.com"], phone=["1", "2"])

    assert Lead.objects.count() == 4


@pytest.mark.parametrize("rows", [1, 2])
def test_what_the_other_constraints_refuse_is_an_error(customer_id: int, rows: int) -> None:
    keys = [f"p{n}@firm.com" for n in range(rows)]

    with pytest.raises(IntegrityError), transaction.atomic():
        insert(customer_id, email_key=keys, status=["no such status", "new"][:rows])
    if connection.vendor == "postgresql":
        # SQLite has no lengths; nothing is cut to fit on the other.
        with pytest.raises(DataError), transaction.atomic():
            insert(customer_id, email_key=keys, country=["XYZ", "US"][:rows])
    assert Lead.objects.count() == 0

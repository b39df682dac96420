"""`among` finds what `in` finds."""

from __future__ import annotations

import pytest

from agents.models import Lead
from tests.factories import CustomerFactory, LeadFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer_id() -> int:
    return CustomerFactory.create().pk


def test_among_finds_the_texts_that_in_finds(customer_id: int) -> None:
    for email in ("a@firm.com", "o'b@firm.com", "e@é-firm.com"):
        LeadFactory.create(customer_id=customer_id, email=email)
    wanted = {"a@firm.com", "o'b@firm.com", 'x"@firm.com'}

    found = Lead.objects.filter(email_key__among=wanted).values_list("email_key", flat=True)

    assert sorted(found) == ["a@firm.com", "o'b@firm.com"]
    assert not Lead.objects.filter(email_key__among=[]).exists()


def test_among_finds_the_numbers_that_in_finds(customer_id: int) -> None:
    pks = [LeadFactory.create(customer_id=customer_id).pk for _ in range(4)]

    found = Lead.objects.filter(pk__among=[pks[3], pks[1], 2**60]).order_by("pk")

    assert list(found.values_list("pk", flat=True)) == [pks[1], pks[3]]
    assert not Lead.objects.filter(pk__among=[]).exists()


@pytest.mark.parametrize("count", [1, 3_000])
def test_among_takes_one_parameter_however_many(customer_id: int, count: int) -> None:
    lead = LeadFactory.create(customer_id=customer_id)
    wanted = [lead.pk, *range(10**12, 10**12 + count)]

    found = Lead.objects.filter(pk__among=wanted)

    _, params = found.query.sql_with_params()
    assert (list(found), len(params)) == ([lead], 1)

"""Lines written at the same moment, on Postgres."""

from __future__ import annotations

from functools import partial

import pytest

from billing.models import Invoice
from billing.services.work_summaries import add_line
from tests.conftest import NOON
from tests.factories import CustomerFactory
from tests.helpers.threads import meet, together

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_lines_written_at_the_same_moment_are_on_one_draft(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither finds an open draft. The second waits for the customer's lock and finds the
    first one's; without the lock the constraint would refuse it, and its line be lost."""
    customer = CustomerFactory.create()
    meet(monkeypatch, Invoice.objects, "create")
    add = partial(add_line, customer=customer, description="A report", amount_cents=700, now=NOON)

    lines = together(add, add)

    assert {line.invoice for line in lines} == {Invoice.objects.get()}
    assert Invoice.objects.get().total_cents == 1_400

"""Payments are read from the mirror's JSON, the same on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from djstripe import models as djstripe

from billing.selectors.revenue import payments_between
from tests.conftest import NOON
from tests.factories import CustomerFactory


@pytest.mark.django_db
def test_invoices_paid_above_zero_in_the_period_count() -> None:
    subscriber = CustomerFactory.create()
    payer = djstripe.Customer.objects.create(id="cus_1", subscriber=subscriber, livemode=False)

    def mirrored(name: str, *, status: str, paid: int, ago: timedelta) -> None:
        paid_at = int((NOON - ago).timestamp()) if status == "paid" else None
        djstripe.Invoice.objects.create(
            id=name,
            customer=payer,
            livemode=False,
            stripe_data={
                "status": status,
                "amount_paid": paid,
                "status_transitions": {"paid_at": paid_at},
            },
        )

    mirrored("in_now", status="paid", paid=9_900, ago=timedelta(hours=1))
    mirrored("in_start", status="paid", paid=100, ago=timedelta(days=1))
    mirrored("in_end", status="paid", paid=7, ago=timedelta(0))
    mirrored("in_trial", status="paid", paid=0, ago=timedelta(hours=2))
    mirrored("in_before", status="paid", paid=9_900, ago=timedelta(days=1, seconds=1))
    mirrored("in_open", status="open", paid=0, ago=timedelta(hours=1))

    assert payments_between(start=NOON - timedelta(days=1), end=NOON) == (2, 10_000)

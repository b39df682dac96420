"""States fetched at the same moment, on Postgres."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from billing.states import CheckoutPurpose
from billing.stripe_sync import sync
from tests.billing.conftest import Buyer
from tests.helpers.threads import together

if TYPE_CHECKING:
    from tests.fakes.stripe import FakeStripe

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_states_fetched_at_once_are_written_in_order(
    fake_stripe: FakeStripe,
) -> None:
    """Eight workers hold what they fetched until all have it; meanwhile Stripe moves on.
    Whoever writes second must look again: the version says so, and the customer's lock
    makes it the last word. (The lock on the subscription's own row adds nothing here; it
    keeps out those who lock that row only.)"""
    buyer = Buyer(fake_stripe, CheckoutPurpose.UPGRADE)
    gate = threading.Barrier(8)
    first_looks = set()

    def hold(call: Any) -> None:
        worker = threading.get_ident()
        if call.path != "/v1/invoices" or worker in first_looks:
            return
        first_looks.add(worker)
        if gate.wait() == 0:
            fake_stripe.world.end(buyer.subscription_id)

    fake_stripe.api.before_answer = hold

    bring_up = partial(sync.sync_customer, customer_id=buyer.customer.pk, now=fake_stripe.now)
    results = together(*[bring_up] * 8)

    assert any(not isinstance(result, Exception) for result in results)
    assert buyer.row.status == "canceled"

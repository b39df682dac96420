"""Many workers and one customer on Postgres: the right end."""

from __future__ import annotations

import random
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from accounts.models import OutboxMail
from billing.models import BillingEvent
from billing.services import events
from billing.states import CheckoutPurpose
from tests.billing.conftest import Buyer, receive
from tests.helpers.threads import together

if TYPE_CHECKING:
    from tests.fakes.stripe import FakeStripe

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_one_event_delivered_eight_times_at_once_is_one_row(fake_stripe: FakeStripe) -> None:
    Buyer(fake_stripe, CheckoutPurpose.UPGRADE)
    told = fake_stripe.take_events()[:1]

    results = together(*[partial(receive, fake_stripe, told)] * 8)

    assert results == [None] * 8
    assert BillingEvent.objects.count() == 1


def test_fourteen_events_at_once_end_in_the_newest_state(
    fake_stripe: FakeStripe,
) -> None:
    """Each of fourteen workers has its own event and holds what it fetched until all have.
    Then Stripe moves on, silently: no event is left that would repair a stale write."""
    buyer = Buyer(fake_stripe, CheckoutPurpose.UPGRADE)
    world = fake_stripe.world
    fake_stripe.later(days=30)
    world.declined.add(buyer.stripe_id)
    world.next_period(buyer.subscription_id)
    while len(world.events) < 14 + len([e for e in world.events if "session" in e["type"]]):
        subscription = world.get("subscription", buyer.subscription_id)
        wish = not subscription["cancel_at_period_end"]
        world.change(subscription, cancel_at_period_end=wish)
    told = [event for event in fake_stripe.take_events() if "session" not in event["type"]]
    assert len(told) == 14
    random.Random(4).shuffle(told)  # an order, not a secret
    receive(fake_stripe, told)
    gate = threading.Barrier(14, timeout=60)
    holding = set()

    def hold(call: Any) -> None:
        worker = threading.get_ident()
        if call.path != "/v1/invoices" or worker in holding:
            return
        holding.add(worker)
        if gate.wait() == 0:
            world.end(buyer.subscription_id)

    def work() -> None:
        while threading.get_ident() not in holding:
            events.process_next(now=fake_stripe.now)

    fake_stripe.api.before_answer = hold

    assert together(*[work] * 14) == [None] * 14

    row = buyer.row
    assert (row.status, row.past_due_since, row.cancel_at) == ("canceled", None, None)
    assert "processed" in set(BillingEvent.objects.values_list("status", flat=True))
    # Who found the state moving at every try comes back; then the end itself is told, once.
    fake_stripe.api.before_answer = None
    receive(fake_stripe, fake_stripe.take_events())
    while events.process_next(now=fake_stripe.later(seconds=30)):
        pass
    assert set(BillingEvent.objects.values_list("status", flat=True)) == {"processed"}
    assert buyer.row.status == "canceled"
    assert OutboxMail.objects.filter(kind="billing/canceled").count() == 1

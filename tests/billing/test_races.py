"""Real concurrency on Postgres: many workers, one customer, the right end."""

from __future__ import annotations

import random
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from accounts.models import OutboxMail
from billing import gateway
from billing.models import BillingEvent, Checkout, Invoice
from billing.services import checkouts, events
from billing.services.work_summaries import add_line
from billing.states import CheckoutPurpose
from billing.stripe_sync import sync
from tests.billing.conftest import Buyer, receive
from tests.conftest import NOON
from tests.factories import CustomerFactory
from tests.helpers.threads import meet, together

if TYPE_CHECKING:
    from tests.fakes.stripe import FakeStripe

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_one_event_delivered_eight_times_at_once_is_one_row(fake_stripe: FakeStripe) -> None:
    Buyer(fake_stripe, CheckoutPurpose.UPGRADE)
    told = fake_stripe.take_events()[:1]

    results = together(*[partial(receive, fake_stripe, told)] * 8)

    assert results == [None] * 8
    assert BillingEvent.objects.count() == 1


def test_fourteen_events_at_once_put_no_older_state_over_a_newer_one(
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


def test_states_fetched_at_the_same_moment_are_written_in_their_order(
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


def test_two_tabs_at_the_same_moment_open_one_checkout(
    fake_stripe: FakeStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither finds a customer at Stripe, then neither an open checkout, then neither its
    session: they meet at each of the three places."""
    customer = CustomerFactory.create()
    meet(monkeypatch, gateway, "create_customer")
    meet(monkeypatch, Checkout.objects, "create")
    meet(monkeypatch, gateway, "create_checkout_session")
    start = partial(
        checkouts.start_checkout, customer=customer, purpose=CheckoutPurpose.START, now=NOON
    )

    urls = together(start, start)

    assert len(set(urls)) == 1, urls
    assert Checkout.objects.count() == 1
    assert len(fake_stripe.world.all("checkout.session")) == 1
    # One by the idempotency key; whoever links it second writes the same id.
    assert len(fake_stripe.world.all("customer")) == 1


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

"""An event that another worker claims, finishes or unlinks at the same time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from billing.models import BillingEvent, Subscription
from billing.services import events
from tests.billing.conftest import just_before, one_pending_event, receive
from tests.conftest import NOON

if TYPE_CHECKING:
    from tests.billing.conftest import Buyer
    from tests.fakes.stripe import FakeStripe

pytestmark = pytest.mark.django_db


def test_an_event_claimed_by_another_worker_is_left_to_it(
    payer: Buyer, fake_stripe: FakeStripe
) -> None:
    event = one_pending_event(fake_stripe)
    asked = len(fake_stripe.calls)

    def claim() -> None:
        BillingEvent.objects.update(due_at=NOON + events.LEASE, attempts=1)

    with just_before('UPDATE "billing_billingevent"', claim):
        assert events.process_next(now=NOON) is True

    event.refresh_from_db()
    assert (event.status, event.attempts) == ("pending", 1)
    assert len(fake_stripe.calls) == asked


def test_event_that_another_worker_finished_stays_as_it_is(
    payer: Buyer, fake_stripe: FakeStripe, caplog: pytest.LogCaptureFixture
) -> None:
    """Our lease ran out while Stripe answered."""
    event = one_pending_event(fake_stripe)
    earlier = NOON - timedelta(seconds=1)

    def finish(call: Any) -> None:
        BillingEvent.objects.update(status="processed", due_at=None, finished_at=earlier)

    fake_stripe.api.before_answer = finish

    events.process_next(now=NOON)

    event.refresh_from_db()
    assert (event.status, event.finished_at) == ("processed", earlier)
    assert "[STRIPE][EVENT] event=" not in caplog.text


def test_a_failure_of_a_finished_event_does_not_bring_it_back(
    payer: Buyer, fake_stripe: FakeStripe
) -> None:
    event = one_pending_event(fake_stripe)

    def finish_and_fail(call: Any) -> None:
        BillingEvent.objects.update(status="processed", due_at=None, finished_at=NOON)
        raise RuntimeError("cut off")

    fake_stripe.api.before_answer = finish_and_fail

    events.process_next(now=NOON)

    event.refresh_from_db()
    assert (event.status, event.due_at, event.error) == ("processed", None, "")


def test_a_customer_who_was_unlinked_on_the_way_is_ignored(
    payer: Buyer, fake_stripe: FakeStripe
) -> None:
    receive(fake_stripe, [e for e in fake_stripe.take_events() if "session" in e["type"]])

    def unlink(call: Any) -> None:
        if call.path == "/v1/invoices":
            Subscription.objects.update(stripe_customer_id="")

    fake_stripe.api.before_answer = unlink

    events.process_next(now=NOON)

    event = BillingEvent.objects.get()
    assert (event.status, event.error) == (
        "ignored",
        "The customer is no longer linked to Stripe.",
    )

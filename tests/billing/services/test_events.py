"""Events processed from their rows: in any order, any number of times, with the same end."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest
from djstripe import models as djstripe

from accounts.models import OutboxMail
from billing.dev.checkouts import DECLINED_CARD
from billing.models import BillingEvent, Checkout, Subscription
from billing.services import checkouts, events
from billing.states import CheckoutPurpose, EventStatus
from billing.stripe_sync import project
from tests.billing.conftest import (
    event_statuses,
    fail_renewal,
    one_pending_event,
    process_all,
    receive,
)
from tests.conftest import NOON
from tests.factories import CustomerFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    from billing.dev.world import World
    from tests.billing.conftest import Buyer
    from tests.fakes.stripe import FakeStripe

pytestmark = pytest.mark.django_db

both_shapes = pytest.mark.parametrize("shape", ["new", "old"], indirect=True)


def test_checkout_at_sign_up_gives_a_trial_that_stripe_knows(
    trialist: Buyer, fake_stripe: FakeStripe
) -> None:
    receive(fake_stripe, fake_stripe.take_events())

    process_all(fake_stripe)

    row = trialist.row
    assert row.status == "trialing"
    assert row.stripe_subscription_id == trialist.subscription_id
    assert row.current_period_end == row.trial_ends_at == NOON + timedelta(days=7)
    assert row.last_paid_at is None
    assert Checkout.objects.get().status == "completed"
    assert set(event_statuses()) == {"processed"}


@both_shapes
def test_paying_makes_active_with_a_paid_invoice(payer: Buyer, fake_stripe: FakeStripe) -> None:
    receive(fake_stripe, fake_stripe.take_events())

    process_all(fake_stripe)

    row = payer.row
    assert (row.status, row.last_paid_at) == ("active", NOON)
    assert row.current_period_start == NOON
    assert row.current_period_end == NOON + timedelta(days=30)


def _renewal(world: World, subscription: str) -> None:
    world.next_period(subscription)


def _scheduled_cancel(world: World, subscription: str) -> None:
    world.change(world.get("subscription", subscription), cancel_at_period_end=True)


def _dated_cancel(world: World, subscription: str) -> None:
    at = int((world.clock() + timedelta(days=3)).timestamp())
    world.change(world.get("subscription", subscription), cancel_at=at)


def _canceled(world: World, subscription: str) -> None:
    world.end(subscription)


def _paused(world: World, subscription: str) -> None:
    world.pause(subscription)


def _resumed(world: World, subscription: str) -> None:
    world.pause(subscription)
    world.resume(subscription)


def _voided(world: World, subscription: str) -> None:
    fail_renewal(world, subscription)
    world.void(world.get("subscription", subscription)["latest_invoice"])


def _trial_will_end(world: World, subscription: str) -> None:
    world.warn_of_trial_end(subscription)


def _invented(world: World, subscription: str) -> None:
    world.change(world.get("subscription", subscription), status="hibernating")


LATER = NOON + timedelta(days=30)

AGAIN = NOON + timedelta(days=60)

STORIES: list[tuple[Callable[[World, str], None], dict[str, Any]]] = [
    (_renewal, {"status": "active", "last_paid_at": LATER, "current_period_end": AGAIN}),
    (fail_renewal, {"status": "past_due", "past_due_since": LATER, "last_paid_at": NOON}),
    (_scheduled_cancel, {"status": "active", "cancel_at": LATER}),
    (_dated_cancel, {"status": "active", "cancel_at": LATER + timedelta(days=3)}),
    (_canceled, {"status": "canceled", "cancel_at": None}),
    (_paused, {"status": "paused"}),
    (_resumed, {"status": "active"}),
    (_voided, {"status": "past_due", "past_due_since": LATER}),
    (_trial_will_end, {"status": "active"}),
    (_invented, {"status": "unknown"}),
]


@both_shapes
@pytest.mark.parametrize(("story", "expected"), STORIES)
def test_each_story_is_told_by_its_events_twice_over(
    payer: Buyer,
    fake_stripe: FakeStripe,
    story: Callable[[World, str], None],
    expected: dict[str, Any],
) -> None:
    fake_stripe.later(days=30)
    story(fake_stripe.world, payer.subscription_id)
    told = fake_stripe.take_events()

    receive(fake_stripe, told)
    process_all(fake_stripe)
    once = payer.facts()
    mails = OutboxMail.objects.count()
    for event in BillingEvent.objects.all():
        events.replay_event(event=event, by="hoss@x.test", now=fake_stripe.now)
    receive(fake_stripe, told)
    process_all(fake_stripe)

    assert {name: once[name] for name in expected} == expected
    assert payer.facts() == once
    assert OutboxMail.objects.count() == mails
    assert set(event_statuses()) == {"processed"}


def test_every_handled_kind_is_told_by_some_story(payer: Buyer, fake_stripe: FakeStripe) -> None:
    world, seen = fake_stripe.world, set()
    for story, _ in STORIES[:-1]:
        subscription = world.subscribe(customer=payer.stripe_id, price=world.all("price")[0]["id"])
        story(world, subscription["id"])
    seen = {event["type"] for event in fake_stripe.take_events()}

    untold = {"checkout.session.async_payment_succeeded", "checkout.session.expired"}
    assert seen == events.HANDLED - untold


@both_shapes
def test_all_orders_of_four_events_end_the_same(payer: Buyer, fake_stripe: FakeStripe) -> None:
    fake_stripe.later(days=30)
    fail_renewal(fake_stripe.world, payer.subscription_id)
    fake_stripe.world.end(payer.subscription_id)
    told = [e for e in fake_stripe.take_events() if e["type"] != "invoice.finalized"][-4:]
    endings = []

    for order in permutations(told):
        BillingEvent.objects.all().delete()
        Subscription.objects.update(status="active", past_due_since=None)
        djstripe.Subscription.objects.all().delete()
        djstripe.Invoice.objects.all().delete()
        receive(fake_stripe, order)
        process_all(fake_stripe)
        endings.append(payer.facts())

    assert len(endings) == 24
    assert all(ending == endings[0] for ending in endings)
    assert endings[0]["status"] == "canceled"


def test_a_late_old_event_does_not_bring_a_subscription_back(
    payer: Buyer, fake_stripe: FakeStripe
) -> None:
    old = fake_stripe.take_events()
    fake_stripe.world.end(payer.subscription_id)
    receive(fake_stripe, fake_stripe.take_events())
    process_all(fake_stripe)

    receive(fake_stripe, old)
    process_all(fake_stripe)

    assert payer.row.status == "canceled"


def test_an_event_about_nobody_is_ignored_and_says_so(
    payer: Buyer, fake_stripe: FakeStripe
) -> None:
    told = fake_stripe.take_events()[-1:]
    told[0]["data"]["object"]["customer"] = "cus_of_somebody_else"
    told[0]["type"] = "invoice.paid"

    receive(fake_stripe, told)
    process_all(fake_stripe)

    event = BillingEvent.objects.get()
    assert (event.status, event.customer) == ("ignored", None)
    assert event.error == "No customer of ours has this Stripe customer."


def test_a_failure_rolls_everything_back_and_is_tried_again(
    payer: Buyer, fake_stripe: FakeStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = one_pending_event(fake_stripe)
    before = payer.facts()

    def break_after_writing(**arguments: Any) -> dict[str, dict[str, str]]:
        real(**arguments)
        raise RuntimeError("the disk is full")

    real = project.write_projection
    with monkeypatch.context() as broken:
        broken.setattr(project, "write_projection", break_after_writing)
        events.process_next(now=fake_stripe.now)

    event.refresh_from_db()
    assert payer.facts() == before
    assert djstripe.Invoice.objects.count() == 0
    assert (event.status, event.attempts) == ("pending", 1)
    assert event.error == "RuntimeError: the disk is full"
    assert event.due_at == NOON + timedelta(seconds=30)
    assert events.process_next(now=NOON + timedelta(seconds=29)) is False

    process_all_at = fake_stripe.later(seconds=30)
    assert events.process_next(now=process_all_at) is True
    event.refresh_from_db()
    assert (event.status, event.error) == ("processed", "")
    assert payer.row.status == "active"


def test_outage_backs_off_then_fails_and_can_be_replayed(
    payer: Buyer, fake_stripe: FakeStripe
) -> None:
    event = one_pending_event(fake_stripe)
    fake_stripe.api.is_down = True
    waits = []

    while event.status == EventStatus.PENDING:
        assert event.due_at is not None
        fake_stripe.now = event.due_at
        events.process_next(now=fake_stripe.now)
        event.refresh_from_db()
        if event.status == EventStatus.PENDING:
            waits.append((event.due_at - fake_stripe.now).total_seconds())

    assert waits == [30 * 2**n for n in range(8)] + [7200] * 5
    assert event.status == "failed"
    assert "Stripe could not be reached" in event.error

    fake_stripe.api.is_down = False
    assert events.replay_event(event=event, by="hoss@x.test", now=fake_stripe.now) is True
    assert events.replay_event(event=event, by="hoss@x.test", now=fake_stripe.now) is False
    process_all(fake_stripe)
    event.refresh_from_db()
    assert (event.status, event.attempts) == ("processed", 1)


def test_a_dead_worker_s_event_comes_back_after_its_lease(
    payer: Buyer, fake_stripe: FakeStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_pending_event(fake_stripe)

    def die(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as killed:
        killed.setattr(events, "_process_event", die)
        with pytest.raises(SystemExit):
            events.process_next(now=NOON)

    assert events.process_next(now=NOON + events.LEASE - timedelta(seconds=1)) is False
    assert events.process_next(now=NOON + events.LEASE) is True
    assert BillingEvent.objects.get().status == "processed"


def test_while_stripe_is_off_events_wait_and_cost_nothing(
    payer: Buyer, fake_stripe: FakeStripe, configure: Callable[..., None]
) -> None:
    event = one_pending_event(fake_stripe)
    configure(ENABLE_STRIPE=False)

    assert events.process_next(now=NOON) is False
    event.refresh_from_db()
    assert (event.status, event.attempts) == ("pending", 0)


def test_bodies_are_forgotten_after_a_month(payer: Buyer, fake_stripe: FakeStripe) -> None:
    receive(fake_stripe, fake_stripe.take_events()[:2])
    events.process_next(now=NOON)

    assert events.purge_bodies(now=NOON + timedelta(days=30)) == 0
    assert events.purge_bodies(now=NOON + timedelta(days=31)) == 1
    assert sorted(bool(e.body) for e in BillingEvent.objects.all()) == [False, True]


START, UPGRADE = CheckoutPurpose.START, CheckoutPurpose.UPGRADE


def test_a_declined_card_leaves_the_trial_subscription_past_due(
    fake_stripe: FakeStripe,
) -> None:
    customer = CustomerFactory.create()
    url = checkouts.start_checkout(customer=customer, purpose=START, now=NOON)
    fake_stripe.world.complete_checkout(url.rpartition("/")[2], card=DECLINED_CARD)
    fake_stripe.later(days=7)
    fake_stripe.world.next_period(fake_stripe.world.all("subscription")[0]["id"])

    receive(fake_stripe, fake_stripe.take_events())
    process_all(fake_stripe)

    row = Subscription.objects.get(customer=customer)
    assert (row.status, row.last_paid_at) == ("past_due", None)

"""Events processed from their rows: any order, any number of times, the same end."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from djstripe import models as djstripe

from accounts.models import OutboxMail
from billing import tasks
from billing.models import BillingEvent, Checkout, Subscription
from billing.services import dunning, events
from billing.states import EventStatus
from billing.stripe_sync import mirror, project, sync
from tests.billing.conftest import just_before, process_all, receive
from tests.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

    from billing.dev.world import Object, World
    from tests.billing.conftest import Buyer
    from tests.fakes.stripe import FakeStripe

pytestmark = pytest.mark.django_db

both_shapes = pytest.mark.parametrize("shape", ["new", "old"], indirect=True)


def statuses() -> list[str]:
    return list(BillingEvent.objects.order_by("pk").values_list("status", flat=True))


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
    assert set(statuses()) == {"processed"}


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


def _failed_renewal(world: World, subscription: str) -> None:
    world.declined.add(world.get("subscription", subscription)["customer"])
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
    _failed_renewal(world, subscription)
    world.void(world.get("subscription", subscription)["latest_invoice"])


def _trial_will_end(world: World, subscription: str) -> None:
    world.warn_of_trial_end(subscription)


def _invented(world: World, subscription: str) -> None:
    world.change(world.get("subscription", subscription), status="hibernating")


LATER = NOON + timedelta(days=30)
AGAIN = NOON + timedelta(days=60)
STORIES: list[tuple[Callable[[World, str], None], dict[str, Any]]] = [
    (_renewal, {"status": "active", "last_paid_at": LATER, "current_period_end": AGAIN}),
    (_failed_renewal, {"status": "past_due", "past_due_since": LATER, "last_paid_at": NOON}),
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
    assert set(statuses()) == {"processed"}


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
    _failed_renewal(fake_stripe.world, payer.subscription_id)
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


def one_pending(fake: FakeStripe) -> BillingEvent:
    receive(fake, [e for e in fake.take_events() if e["type"] == "invoice.paid"][:1])
    return BillingEvent.objects.get()


def test_a_failure_rolls_everything_back_and_is_tried_again(
    payer: Buyer, fake_stripe: FakeStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = one_pending(fake_stripe)
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


def test_an_outage_backs_off_then_fails_visibly_and_can_be_replayed(
    payer: Buyer, fake_stripe: FakeStripe
) -> None:
    event = one_pending(fake_stripe)
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
    one_pending(fake_stripe)

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
    event = one_pending(fake_stripe)
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


def test_a_state_fetched_before_a_newer_one_was_written_is_not_written(
    payer: Buyer, fake_stripe: FakeStripe
) -> None:
    """The lost update: a slow worker saw `active`, a fast one wrote `canceled`."""
    slow_may_write = False

    def meanwhile(call: Any) -> None:
        nonlocal slow_may_write
        if call.path != "/v1/invoices" or slow_may_write:
            return
        slow_may_write = True
        fake_stripe.world.end(payer.subscription_id)
        sync.sync_customer(customer_id=payer.customer.pk, now=fake_stripe.now)
        assert payer.row.status == "canceled"

    fake_stripe.api.before_answer = meanwhile

    sync.sync_customer(customer_id=payer.customer.pk, now=fake_stripe.now)

    assert payer.row.status == "canceled"
    assert mirror.list_subscriptions(stripe_customer_id=payer.stripe_id)[0]["status"] == "canceled"


def test_a_state_that_never_rests_is_given_up_for_now(
    payer: Buyer, fake_stripe: FakeStripe
) -> None:
    def meanwhile(call: Any) -> None:
        Subscription.objects.update(projection_version=len(fake_stripe.api.calls))

    fake_stripe.api.before_answer = meanwhile

    with pytest.raises(sync.StateKeptChanging):
        sync.sync_customer(customer_id=payer.customer.pk, now=fake_stripe.now)


# --- Mail ----------------------------------------------------------------------------


def test_a_failed_payment_is_told_once_with_the_date_that_matters(
    payer: Buyer, fake_stripe: FakeStripe
) -> None:
    fake_stripe.later(days=30)
    _failed_renewal(fake_stripe.world, payer.subscription_id)

    receive(fake_stripe, fake_stripe.take_events())
    process_all(fake_stripe)

    mail = OutboxMail.objects.get()
    assert mail.to == payer.customer.email
    assert mail.subject == "Your payment for HossAgent Pro did not go through"
    assert "your payment of $99.00" in mail.text
    assert "after April 6, 2026" in mail.text


def test_a_payment_that_was_made_good_before_we_heard_is_not_mentioned(
    payer: Buyer, fake_stripe: FakeStripe
) -> None:
    fake_stripe.later(days=30)
    _failed_renewal(fake_stripe.world, payer.subscription_id)
    fake_stripe.world.declined.clear()
    fake_stripe.world.collect(fake_stripe.world.all("invoice")[0]["id"])

    receive(fake_stripe, fake_stripe.take_events())
    process_all(fake_stripe)

    assert OutboxMail.objects.count() == 0
    assert payer.row.status == "active"


def test_a_second_failed_attempt_is_told_again(payer: Buyer, fake_stripe: FakeStripe) -> None:
    fake_stripe.later(days=30)
    _failed_renewal(fake_stripe.world, payer.subscription_id)
    receive(fake_stripe, fake_stripe.take_events())
    process_all(fake_stripe)
    fake_stripe.world.collect(fake_stripe.world.all("invoice")[0]["id"])

    receive(fake_stripe, fake_stripe.take_events())
    process_all(fake_stripe)

    assert OutboxMail.objects.count() == 2


def test_the_end_is_told_once(payer: Buyer, fake_stripe: FakeStripe) -> None:
    fake_stripe.world.end(payer.subscription_id)

    receive(fake_stripe, fake_stripe.take_events())
    process_all(fake_stripe)

    mail = OutboxMail.objects.get()
    assert mail.subject == "Your HossAgent Pro subscription has ended"


def test_the_end_of_one_of_two_is_not_told(payer: Buyer, fake_stripe: FakeStripe) -> None:
    world = fake_stripe.world
    world.subscribe(customer=payer.stripe_id, price=world.all("price")[0]["id"])
    world.end(payer.subscription_id)

    receive(fake_stripe, fake_stripe.take_events())
    process_all(fake_stripe)

    assert OutboxMail.objects.count() == 0
    assert payer.row.status == "active"


def test_a_mail_that_cannot_be_queued_rolls_the_event_back(
    payer: Buyer, fake_stripe: FakeStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_stripe.world.end(payer.subscription_id)
    told: list[Object] = [e for e in fake_stripe.take_events() if e["type"].endswith("deleted")]
    receive(fake_stripe, told)

    def broken(**_: object) -> None:
        raise RuntimeError("no template")

    monkeypatch.setattr(dunning, "queue_mail", broken)
    process_all(fake_stripe)

    assert payer.row.status == "none"
    assert statuses() == ["pending"]


# --- Somebody else was quicker -------------------------------------------------------


def test_an_event_claimed_by_another_worker_is_left_to_it(
    payer: Buyer, fake_stripe: FakeStripe
) -> None:
    event = one_pending(fake_stripe)
    asked = len(fake_stripe.calls)

    def claim() -> None:
        BillingEvent.objects.update(due_at=NOON + events.LEASE, attempts=1)

    with just_before('UPDATE "billing_billingevent"', claim):
        assert events.process_next(now=NOON) is True

    event.refresh_from_db()
    assert (event.status, event.attempts) == ("pending", 1)
    assert len(fake_stripe.calls) == asked


def test_an_event_that_another_worker_finished_is_not_finished_twice(
    payer: Buyer, fake_stripe: FakeStripe, caplog: pytest.LogCaptureFixture
) -> None:
    """Our lease ran out while Stripe answered."""
    event = one_pending(fake_stripe)
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
    event = one_pending(fake_stripe)

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


@pytest.mark.parametrize("what", ["invoice.payment_failed", "customer.subscription.deleted"])
def test_news_of_what_is_not_so_now_is_told_to_nobody(
    payer: Buyer, fake_stripe: FakeStripe, what: str
) -> None:
    """The subscription runs, and the invoice is somebody else's."""
    fake_stripe.take_events()
    subject = fake_stripe.world.get("subscription", payer.subscription_id)
    told = fake_stripe.world.emit(what, {**subject, "id": payer.subscription_id})
    other = fake_stripe.world.emit(what, {**subject, "id": "gone"})
    receive(fake_stripe, [told, other])

    process_all(fake_stripe)

    assert statuses() == ["processed"] * 2
    assert OutboxMail.objects.count() == 0


def test_the_loops_take_all_that_is_due(payer: Buyer, fake_stripe: FakeStripe) -> None:
    told = fake_stripe.take_events()
    receive(fake_stripe, told)

    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        assert tasks.process_events() == len(told)
        assert tasks.process_events() == 0
        assert tasks.reconcile_with_stripe() == 1
        assert tasks.make_payment_links() == 0
        assert tasks.purge() == 0
    with time_machine.travel(NOON + timedelta(days=31), tick=False):
        assert tasks.purge() == len(told)
    assert payer.row.status == "active"

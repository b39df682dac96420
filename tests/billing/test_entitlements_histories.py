"""Whole histories at Stripe, told in any order and more than once: the rights that come
out are those of SPEC section 8, worked out here from Stripe's objects alone."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from accounts.models import Customer
from billing import entitlements, gateway
from billing.models import BillingEvent, Subscription
from billing.services import complimentary, events
from billing.services.stripe_customers import ensure_stripe_customer
from tests.conftest import NOON
from tests.factories import CustomerFactory
from tests.fakes.stripe import API_KEY, WEBHOOK_SECRET, FakeStripe

if TYPE_CHECKING:
    from collections.abc import Callable

    from billing.dev.objects import Object

pytestmark = pytest.mark.django_db

GRACE = timedelta(days=3)
OWN_TRIAL_END = NOON + timedelta(days=7)


# --- The oracle ----------------------------------------------------------------------


@dataclass(frozen=True)
class Rights:
    """What the customer may do, as the words of SPEC 8 have it."""

    works: bool = False
    live: bool = False
    pro: bool = False
    trial: bool = False
    paid: bool = False
    days_left: int = 0


# Of several subscriptions the most alive one leads. A word that nobody knows stands
# between those that may yet be paid and those that are over.
LEADING = ["active", "trialing", "past_due", "unpaid", "paused", "?", "incomplete", "canceled"]
FORGOTTEN = "incomplete_expired"


def rights_by_the_book(fake: FakeStripe, *, is_favored: bool) -> Rights:
    lead = _leading(fake.world.all("subscription"))
    if is_favored:
        return Rights(works=True, live=True, pro=True)
    if lead is None or lead["status"] == "incomplete":
        return _on_trial_until(OWN_TRIAL_END, fake.now)
    if lead["status"] not in {"active", "trialing", "past_due"} or _has_stopped(lead, fake.now):
        return Rights()
    if lead["status"] == "trialing":
        at_stripe = _time(lead["items"]["data"][0]["current_period_end"])
        return _on_trial_until(max(OWN_TRIAL_END, at_stripe), fake.now)
    bills = [
        bill
        for bill in fake.world.all("invoice")
        if bill["parent"]["subscription_details"]["subscription"] == lead["id"]
    ]
    paid = any(bill["status"] == "paid" and bill["amount_paid"] > 0 for bill in bills)
    in_time = lead["status"] == "active" or _is_in_grace(lead, bills, fake.now)
    return Rights(works=True, live=paid and in_time, pro=True, paid=paid)


def _time(epoch: int) -> datetime:
    return datetime.fromtimestamp(epoch, tz=UTC)


def _has_stopped(lead: Object, now: datetime) -> bool:
    """A scheduled cancel takes effect at its date, whether or not Stripe has told us."""
    at_the_end = lead["items"]["data"][0]["current_period_end"]
    stops = lead["cancel_at"] or (at_the_end if lead["cancel_at_period_end"] else None)
    return stops is not None and now >= _time(stops)


def _is_in_grace(lead: Object, bills: list[Object], now: datetime) -> bool:
    tried = [bill["created"] for bill in bills if bill["status"] == "open" and bill["attempted"]]
    since = min(tried, default=lead["items"]["data"][0]["current_period_start"])
    return now < _time(since) + GRACE


def _leading(subscriptions: list[Object]) -> Object | None:
    begun = [one for one in subscriptions if one["status"] != FORGOTTEN]
    words = [one["status"] if one["status"] in LEADING else "?" for one in begun]
    for word in LEADING:
        chosen = [one for one, its in zip(begun, words, strict=True) if its == word]
        if chosen:
            return max(chosen, key=lambda one: one["created"])
    return None


def _on_trial_until(end: datetime, now: datetime) -> Rights:
    left = end - now
    days = left.days + (left % timedelta(days=1) > timedelta(0))
    running = left > timedelta(0)
    return Rights(works=running, trial=running, days_left=days if running else 0)


def rights_by_the_helpers(customer_id: int, now: datetime) -> Rights:
    customer = Customer.objects.select_related("subscription").get(pk=customer_id)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        found = Rights(
            works=entitlements.can_run_agent_for(customer, now=now),
            live=entitlements.may_send_live(customer, now=now),
            pro=entitlements.has_pro_entitlement(customer, now=now),
            trial=entitlements.is_trial_active(customer, now=now),
            paid=entitlements.is_paid(customer, now=now),
            days_left=entitlements.get_trial_days_left(customer, now=now),
        )
    assert len(asked) == 0
    return found


# --- Histories -----------------------------------------------------------------------


class History:
    """One customer at one Stripe. Each method is something that can happen there."""

    def __init__(self, fake: FakeStripe) -> None:
        self.fake, self.world = fake, fake.world
        self.customer: Customer = CustomerFactory.create()
        self.stripe_id = ensure_stripe_customer(customer=self.customer, now=fake.now)
        product = self.world.add("product", "prod", {"active": True, "name": "HossAgent Pro"})
        self.price = self.world.add(
            "price",
            "price",
            {"active": True, "product": product["id"], "unit_amount": 9900, "currency": "usd"},
        )
        self.told: list[Object] = []
        self.is_favored = False

    def _pick(self, number: int) -> Object | None:
        # Oldest first, so that a number means the same one after another has begun.
        found = sorted(self.world.all("subscription"), key=lambda one: one["created"])
        alive = [one for one in found if one["status"] != "canceled"]
        return alive[number % len(alive)] if alive else None

    def wait(self, number: int) -> None:
        self.fake.later(hours=[1, 30, 71, 72, 73, 24 * 8, 24 * 31][number % 7], seconds=1)

    def buy(self, number: int) -> None:
        self.fake.later(seconds=1)
        trial = int((self.fake.now + timedelta(days=2 + number % 9)).timestamp())
        self.world.subscribe(
            customer=self.stripe_id,
            price=self.price["id"],
            trial_end=trial if number % 2 else None,
        )

    def renew(self, number: int) -> None:
        if one := self._pick(number):
            self.world.next_period(one["id"])

    def renew_for_nothing(self, number: int) -> None:
        """A coupon of 100 %: an invoice of zero is "paid"."""
        self.price["unit_amount"] = 0
        self.renew(number)
        self.price["unit_amount"] = 9900

    def decline(self, number: int) -> None:
        self.world.declined.add(self.stripe_id)

    def collect(self, number: int) -> None:
        if number % 2:
            self.world.declined.clear()
        for bill in self.world.all("invoice", status="open"):
            self.world.collect(bill["id"])

    def void(self, number: int) -> None:
        for bill in self.world.all("invoice", status="open")[:1]:
            self.world.void(bill["id"])

    def refund(self, number: int) -> None:
        """The money goes back; Stripe leaves the invoice paid and tells of the charge."""
        for bill in self.world.all("invoice", status="paid")[:1]:
            bill["post_payment_credit_notes_amount"] = bill["amount_paid"]
            self.world.emit("charge.refunded", bill)

    def schedule_cancel(self, number: int) -> None:
        if one := self._pick(number):
            self.world.change(one, cancel_at_period_end=True, cancel_at=None)

    def cancel_on_a_date(self, number: int) -> None:
        if one := self._pick(number):
            at = self.fake.now + timedelta(hours=number * 7)
            self.world.change(one, cancel_at=int(at.timestamp()), cancel_at_period_end=False)

    def keep_after_all(self, number: int) -> None:
        if one := self._pick(number):
            self.world.change(one, cancel_at=None, cancel_at_period_end=False)

    def end(self, number: int) -> None:
        if one := self._pick(number):
            self.world.end(one["id"])

    def pause(self, number: int) -> None:
        if one := self._pick(number):
            self.world.pause(one["id"])

    def resume(self, number: int) -> None:
        if one := self._pick(number):
            self.world.resume(one["id"])

    def become(self, number: int) -> None:
        """A status that only Stripe gives, one that we do not know among them."""
        words = ["unpaid", "incomplete", FORGOTTEN, "hibernating", "past_due"]
        if one := self._pick(number):
            self.world.change(one, status=words[number % 5])

    def favor(self, number: int) -> None:
        if number % 4:
            return
        change = complimentary.revoke if self.is_favored else complimentary.grant
        change(customer=self.customer, by="hoss@x.test", now=self.fake.now)
        self.is_favored = not self.is_favored

    def tell(self, number: int) -> None:
        """A few of all events so far arrive, late ones and repeated ones among them."""
        self.told += self.fake.take_events()
        order = random.Random(number)  # an order, not a secret
        self._deliver(order.sample(self.told, min(3, len(self.told))), order)

    def tell_the_rest(self, seed: int) -> None:
        """At the end one event has come that is younger than the last change."""
        if not (found := self.world.all("subscription")):
            return
        self.told += self.fake.take_events()
        order = random.Random(seed)
        young = self.world.emit("customer.subscription.updated", found[0])
        some = [young, *order.sample(self.told, min(4, len(self.told)))]
        order.shuffle(some)
        self._deliver(some, order)

    def _deliver(self, some: list[Object], order: random.Random) -> None:
        for one in some:
            if one["type"] in events.HANDLED:
                events.store_event(event=one, body=json.dumps(one), now=self.fake.now)
        for row in BillingEvent.objects.exclude(status="pending"):
            if order.random() < 0.2:
                events.replay_event(event=row, by="hoss@x.test", now=self.fake.now)
        while events.process_next(now=self.fake.now):
            pass


STEPS = sorted(
    name for name in vars(History) if not name.startswith("_") and name != "tell_the_rest"
)
steps = st.lists(
    st.tuples(st.sampled_from(STEPS), st.integers(min_value=0, max_value=60)),
    min_size=2,
    max_size=14,
)


class Switchboard:
    """Lets each example have a Stripe of its own behind one patched way out."""

    fake: FakeStripe


@pytest.fixture
def switchboard(configure: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Switchboard:
    board = Switchboard()
    configure(ENABLE_STRIPE=True, STRIPE_API_KEY=API_KEY, STRIPE_WEBHOOK_SECRET=WEBHOOK_SECRET)
    monkeypatch.setattr(gateway.client, "http_client", lambda: board.fake)
    return board


def live_through(
    board: Switchboard, story: list[tuple[str, int]], shape: str, seed: int
) -> History:
    board.fake = FakeStripe(NOON, shape="old" if shape == "old" else "new")
    history = History(board.fake)
    history.buy(seed)
    for name, number in story:
        getattr(history, name)(number)
    history.tell_the_rest(seed)
    return history


@pytest.mark.sqlite  # rows go in and out by the ORM alone
@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    story=steps,
    shape=st.sampled_from(["new", "old"]),
    seed=st.integers(min_value=0, max_value=2**16),
    hours=st.sampled_from([0, 1, 71, 72, 73, 24 * 7, 24 * 40]),
)
def test_rights_are_those_of_the_book_after_any_history(
    switchboard: Switchboard, story: list[tuple[str, int]], shape: str, seed: int, hours: int
) -> None:
    with transaction.atomic():
        history = live_through(switchboard, story, shape, seed)
        row = Subscription.objects.filter(pk=history.customer.pk)
        written = row.values().get()
        fake = switchboard.fake
        for ahead in (0, hours):
            fake.later(hours=ahead)

            by_the_book = rights_by_the_book(fake, is_favored=history.is_favored)
            by_the_helpers = rights_by_the_helpers(history.customer.pk, fake.now)

            event(str(by_the_book))
            assert by_the_helpers == by_the_book
        assert row.values().get() == written
        transaction.set_rollback(True)

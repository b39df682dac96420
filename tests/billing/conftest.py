"""A Stripe to talk to, and customers who have been to its checkout."""

from __future__ import annotations

import json
from contextlib import contextmanager
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.db import connection

from billing import gateway
from billing.models import BillingEvent, Invoice, Subscription
from billing.services import events, work_summaries
from billing.services.checkouts import start_checkout
from billing.states import CheckoutPurpose
from tests.conftest import NOON
from tests.factories import CustomerFactory, MembershipFactory
from tests.fakes.stripe import API_KEY, WEBHOOK_SECRET, FakeStripe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from django.test import Client

    from accounts.models import Customer
    from billing.dev.objects import Object
    from billing.dev.world import World


@pytest.fixture(params=["new"])
def shape(request: pytest.FixtureRequest) -> str:
    """Of Stripe's objects; tests that care parametrize it with both."""
    return str(request.param)


@pytest.fixture
def fake_stripe(
    configure: Callable[..., None], monkeypatch: pytest.MonkeyPatch, shape: str
) -> FakeStripe:
    """Stripe is on, and this is it."""
    configure(ENABLE_STRIPE=True, STRIPE_API_KEY=API_KEY, STRIPE_WEBHOOK_SECRET=WEBHOOK_SECRET)
    fake = FakeStripe(NOON, shape="old" if shape == "old" else "new")
    monkeypatch.setattr(gateway.client, "http_client", lambda: fake)
    monkeypatch.setattr(gateway.client, "_rejected", {})
    return fake


class Buyer:
    """A customer of ours with a subscription at the fake Stripe."""

    def __init__(self, fake: FakeStripe, purpose: CheckoutPurpose) -> None:
        self.fake = fake
        self.customer: Customer = CustomerFactory.create()
        url = start_checkout(customer=self.customer, purpose=purpose, now=fake.now)
        fake.world.complete_checkout(url.rpartition("/")[2])
        self.subscription_id = fake.world.all("subscription")[0]["id"]

    @property
    def row(self) -> Subscription:
        return Subscription.objects.get(customer=self.customer)

    @property
    def stripe_id(self) -> str:
        return self.row.stripe_customer_id

    def facts(self) -> dict[str, Any]:
        """What must not depend on how often or in which order events come."""
        hidden = {"synced_at", "projection_version", "_state"}
        return {k: v for k, v in vars(self.row).items() if k not in hidden}


@pytest.fixture
def trialist(db: None, fake_stripe: FakeStripe) -> Buyer:
    """Went through Checkout at sign-up; Stripe's trial is running."""
    return Buyer(fake_stripe, CheckoutPurpose.START)


@pytest.fixture
def payer(db: None, fake_stripe: FakeStripe) -> Buyer:
    """Paid at once."""
    return Buyer(fake_stripe, CheckoutPurpose.UPGRADE)


def receive(fake: FakeStripe, incoming: Iterable[Object]) -> None:
    """Store events as the webhook does, without processing them."""
    for event in incoming:
        events.store_event(event=event, body=json.dumps(event), now=fake.now)


def process_all(fake: FakeStripe) -> int:
    count = 0
    while events.process_next(now=fake.now):
        count += 1
    return count


def event_statuses() -> list[str]:
    return list(BillingEvent.objects.order_by("pk").values_list("status", flat=True))


def one_pending_event(fake: FakeStripe) -> BillingEvent:
    """The row of one `invoice.paid`, stored and not processed."""
    receive(fake, [e for e in fake.take_events() if e["type"] == "invoice.paid"][:1])
    return BillingEvent.objects.get()


def fail_renewal(world: World, subscription: str) -> None:
    world.declined.add(world.get("subscription", subscription)["customer"])
    world.next_period(subscription)


@pytest.fixture
def settled_payer(payer: Buyer, fake_stripe: FakeStripe) -> Buyer:
    """A paying customer whose events have all been processed."""
    receive(fake_stripe, fake_stripe.take_events())
    process_all(fake_stripe)
    assert payer.row.status == "active"
    return payer


@pytest.fixture
def second_subscription(payer: Buyer, fake_stripe: FakeStripe) -> str:
    """The id of a second subscription that the customer has bought and paid."""
    world = fake_stripe.world
    fake_stripe.later(hours=1)
    bought = world.subscribe(customer=payer.stripe_id, price=world.all("price")[0]["id"])
    receive(fake_stripe, fake_stripe.take_events())
    process_all(fake_stripe)
    return str(bought["id"])


def issued_summary(cents: int = 12_345) -> Invoice:
    customer = CustomerFactory.create()
    line = work_summaries.add_line(
        customer=customer, description="Market snapshot", amount_cents=cents, now=NOON
    )
    return work_summaries.issue_invoice(invoice=line.invoice, by="hoss@x.test", now=NOON)


def pay_summary(fake: FakeStripe, invoice: Invoice, **changes: Any) -> None:
    """Pay through the summary's link; `changes` are made to the session before we hear."""
    session = fake.world.open_payment_link(invoice.payment_link_id)
    fake.world.complete_checkout(session["id"])
    session.update(changes)
    receive(fake, fake.take_events())
    process_all(fake)
    invoice.refresh_from_db()


def run_command(name: str, *options: str) -> str:
    out = StringIO()
    call_command(name, *options, stdout=out)
    return out.getvalue()


def sign_in(client: Client, customer: Customer, role: str = "owner") -> None:
    """Be somebody of this customer from now on."""
    client.force_login(MembershipFactory.create(customer=customer, role=role).user)


def last_session_params(fake: FakeStripe) -> dict[str, Any]:
    """What the latest checkout session was asked for."""
    calls = [c for c in fake.api.calls if (c.method, c.path) == ("post", "/v1/checkout/sessions")]
    return calls[-1].params


@contextmanager
def just_before(statement: str, happens: Callable[[], object]) -> Iterator[None]:
    """Another worker is quicker: `happens` runs once, right before our first statement
    that begins with `statement`."""
    waiting = [happens]

    def watch(execute: Any, sql: str, *rest: Any) -> Any:
        if waiting and sql.startswith(statement):
            waiting.pop()()
        return execute(sql, *rest)

    with connection.execute_wrapper(watch):
        yield
    assert waiting == [], f"no statement began with {statement}"

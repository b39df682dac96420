"""A Stripe to talk to, and customers who have been to its checkout."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection

from billing import gateway
from billing.models import Subscription
from billing.services import events
from billing.services.checkouts import start_checkout
from billing.states import CheckoutPurpose
from tests.conftest import NOON
from tests.factories import CustomerFactory, MembershipFactory
from tests.fakes.stripe import API_KEY, WEBHOOK_SECRET, FakeStripe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from django.test import Client

    from accounts.models import Customer
    from billing.dev.world import Object


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

"""The customer at Stripe is made once and linked once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from billing import gateway
from billing.models import Subscription
from billing.services import checkouts, stripe_customers
from billing.states import CheckoutPurpose
from tests.conftest import NOON
from tests.factories import CustomerFactory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fakes.stripe import FakeStripe

pytestmark = pytest.mark.django_db

START, UPGRADE = CheckoutPurpose.START, CheckoutPurpose.UPGRADE


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def test_the_catalog_and_the_customer_are_made_once(fake_stripe: FakeStripe) -> None:
    customer = CustomerFactory.create()
    for purpose in (START, UPGRADE, START):
        checkouts.start_checkout(customer=customer, purpose=purpose, now=NOON)

    made = [call for call in fake_stripe.calls if call.startswith("post")]
    assert made.count("post /v1/products") == 1
    assert made.count("post /v1/prices") == 1
    assert made.count("post /v1/customers") == 1
    assert len(fake_stripe.world.all("customer")) == 1


def test_a_customer_made_and_lost_in_a_crash_is_found_again(
    fake_stripe: FakeStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = CustomerFactory.create()

    def crash(**_: object) -> None:
        raise RuntimeError("power cut")

    with monkeypatch.context() as broken:
        broken.setattr(gateway, "update_customer", crash)
        with pytest.raises(RuntimeError):
            checkouts.start_checkout(customer=customer, purpose=START, now=NOON)
    customer.email = "new@agency.test"
    customer.save()

    checkouts.start_checkout(customer=customer, purpose=START, now=NOON)

    (made,) = fake_stripe.world.all("customer")
    assert made["email"] == "new@agency.test"
    assert Subscription.objects.get(customer=customer).stripe_customer_id == made["id"]


def test_an_address_that_stripe_refuses_does_not_stop_a_sale(fake_stripe: FakeStripe) -> None:
    customer = CustomerFactory.create(email="no address at all")

    assert checkouts.start_checkout(customer=customer, purpose=START, now=NOON)


def test_two_callers_who_make_the_customer_link_one(
    fake_stripe: FakeStripe,
) -> None:
    """Both create the customer at Stripe, and both link the same one."""
    customer = CustomerFactory.create()

    def overtake(call: Any) -> None:
        if call.path == "/v1/customers":
            fake_stripe.api.before_answer = None
            stripe_customers.ensure_stripe_customer(customer=customer, now=NOON)

    fake_stripe.api.before_answer = overtake

    mine = stripe_customers.ensure_stripe_customer(customer=customer, now=NOON)

    assert [made["id"] for made in fake_stripe.world.all("customer")] == [mine]
    assert Subscription.objects.get(customer=customer).stripe_customer_id == mine

"""Two tabs at the same moment, on Postgres."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from billing import gateway
from billing.models import Checkout
from billing.services import checkouts
from billing.states import CheckoutPurpose
from tests.conftest import NOON
from tests.factories import CustomerFactory
from tests.helpers.threads import meet, together

if TYPE_CHECKING:
    from tests.fakes.stripe import FakeStripe

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


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

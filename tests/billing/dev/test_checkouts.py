"""Paying on the pretend Stripe's pages."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from billing.dev.checkouts import DECLINED_CARD, GOOD_CARD
from billing.dev.objects import ApiError
from billing.services import checkouts
from billing.states import CheckoutPurpose
from tests.conftest import NOON
from tests.factories import CustomerFactory

if TYPE_CHECKING:
    from tests.fakes.stripe import FakeStripe


@pytest.mark.django_db
def test_cards_that_are_declined(fake_stripe: FakeStripe) -> None:
    world = fake_stripe.world
    url = checkouts.start_checkout(
        customer=CustomerFactory.create(), purpose=CheckoutPurpose.UPGRADE, now=NOON
    )
    link = world.add("payment_link", "plink", {"active": True})
    world.secret(link).update(amount=500)
    payment = world.open_payment_link(link["id"])

    for session in (url.rpartition("/")[2], payment["id"]):
        with pytest.raises(ApiError, match="Your card was declined") as refused:
            world.complete_checkout(session, card=DECLINED_CARD)
        assert (refused.value.status, refused.value.code) == (402, "card_declined")
        assert world.get("checkout.session", session)["status"] == "open"


@pytest.mark.django_db
@pytest.mark.parametrize(("card", "status"), [(GOOD_CARD, "active"), (DECLINED_CARD, "past_due")])
def test_trial_near_its_end_is_rounded_up_to_whole_days(
    fake_stripe: FakeStripe, card: str, status: str
) -> None:
    """At its end the card is charged."""
    world, customer = fake_stripe.world, CustomerFactory.create()
    fake_stripe.later(days=6)
    url = checkouts.start_checkout(
        customer=customer, purpose=CheckoutPurpose.START, now=fake_stripe.now
    )
    world.complete_checkout(url.rpartition("/")[2], card=card)
    (one,) = world.all("subscription")
    assert one["trial_end"] == int((NOON + timedelta(days=7)).timestamp())

    fake_stripe.later(days=1)
    world.next_period(one["id"])

    assert one["status"] == status

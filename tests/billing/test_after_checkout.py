"""After the checkout: the operator's deeds, a declined card, and a card seen before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import time_machine

from accounts.models import OutboxMail
from billing.dev.world import DECLINED_CARD
from billing.models import Checkout, Subscription, TrialIdentity
from billing.services import checkouts, subscriptions, trial_guard
from billing.states import CheckoutPurpose
from tests.billing.conftest import process_all, receive, sign_in
from tests.conftest import NOON
from tests.factories import CustomerFactory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

    from accounts.models import Customer
    from tests.billing.conftest import Buyer
    from tests.fakes.stripe import FakeStripe

pytestmark = pytest.mark.django_db

START, UPGRADE = CheckoutPurpose.START, CheckoutPurpose.UPGRADE
CHECKOUT = "/api/create-checkout-session"
PORTAL = "/api/create-billing-portal-session"


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


# --- The operator --------------------------------------------------------------------


def test_the_operator_ends_a_trial_and_it_is_written_down(trialist: Buyer) -> None:
    subscriptions.upgrade(customer=trialist.customer, by="hoss@x.test", now=NOON)

    assert trialist.row.status == "active"
    with pytest.raises(subscriptions.NoTrialToEnd):
        subscriptions.upgrade(customer=trialist.customer, by="hoss@x.test", now=NOON)


@pytest.mark.parametrize(("at_once", "status"), [(False, "active"), (True, "canceled")])
def test_the_operator_cancels(payer: Buyer, *, at_once: bool, status: str) -> None:
    subscriptions.cancel(customer=payer.customer, by="hoss@x.test", now=NOON, at_once=at_once)

    assert payer.row.status == status
    assert (payer.row.cancel_at is None) is at_once


def test_nothing_to_cancel_is_a_fact(fake_stripe: FakeStripe) -> None:
    with pytest.raises(subscriptions.NothingToCancel):
        subscriptions.cancel(customer=CustomerFactory.create(), by="x", now=NOON)


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


# --- A card that has had a trial -----------------------------------------------------


def _seen_before(fake: FakeStripe, customer: Customer) -> None:
    """Another agency had its trial with the card that the fake's checkout uses."""
    for company, wanted in ((CustomerFactory.create(), True), (customer, False)):
        TrialIdentity.objects.create(
            customer=company,
            outcome="trial",
            score=0,
            signals=[],
            decided_at=NOON,
            mailbox_hash=f"hash of {company.email}",
        )
        if wanted:
            trial_guard.record_card(
                customer=company, fingerprint="fingerprint-of-4242424242424242", now=NOON
            )


@pytest.mark.parametrize("by_webhook", [True, False])
def test_a_second_trial_on_one_card_is_ended_before_anything_is_charged(
    client: Client, trialist: Buyer, fake_stripe: FakeStripe, *, by_webhook: bool
) -> None:
    _seen_before(fake_stripe, trialist.customer)
    told = fake_stripe.take_events()

    if by_webhook:
        receive(fake_stripe, told)
        process_all(fake_stripe)
    else:
        sign_in(client, trialist.customer)
        client.get(f"/post-checkout?session_id={Checkout.objects.get().stripe_session_id}")
    receive(fake_stripe, fake_stripe.take_events())
    process_all(fake_stripe)

    assert trialist.row.status == "canceled"
    assert [i["amount_paid"] for i in fake_stripe.world.all("invoice")] == [0]
    mail = OutboxMail.objects.get()
    assert mail.subject == "Looks like you've already had a trial"
    assert "Nothing was charged." in mail.text

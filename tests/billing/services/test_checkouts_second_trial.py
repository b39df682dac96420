"""A card that has already had a trial with another customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import time_machine

from accounts.models import OutboxMail
from billing.models import Checkout, TrialIdentity
from billing.services import trial_guard
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


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


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
def test_second_trial_on_one_card_ends_before_a_charge(
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

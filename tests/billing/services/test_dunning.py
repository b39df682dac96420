"""Which events mail the customer, and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from accounts.models import OutboxMail
from billing.services import dunning
from tests.billing.conftest import event_statuses, fail_renewal, process_all, receive

if TYPE_CHECKING:
    from billing.dev.objects import Object
    from tests.billing.conftest import Buyer
    from tests.fakes.stripe import FakeStripe

pytestmark = pytest.mark.django_db


def test_failed_payment_is_mailed_once_with_its_deadline(
    payer: Buyer, fake_stripe: FakeStripe
) -> None:
    fake_stripe.later(days=30)
    fail_renewal(fake_stripe.world, payer.subscription_id)

    receive(fake_stripe, fake_stripe.take_events())
    process_all(fake_stripe)

    mail = OutboxMail.objects.get()
    assert mail.to == payer.customer.email
    assert mail.subject == "Your payment for HossAgent Pro did not go through"
    assert "Your payment of $99.00" in mail.text
    assert "after April 6, 2026" in mail.text


def test_payment_made_good_meanwhile_is_not_mailed(payer: Buyer, fake_stripe: FakeStripe) -> None:
    """The invoice was paid before its failure was processed."""
    fake_stripe.later(days=30)
    fail_renewal(fake_stripe.world, payer.subscription_id)
    fake_stripe.world.declined.clear()
    fake_stripe.world.collect(fake_stripe.world.all("invoice")[0]["id"])

    receive(fake_stripe, fake_stripe.take_events())
    process_all(fake_stripe)

    assert OutboxMail.objects.count() == 0
    assert payer.row.status == "active"


def test_a_second_failed_attempt_is_told_again(payer: Buyer, fake_stripe: FakeStripe) -> None:
    fake_stripe.later(days=30)
    fail_renewal(fake_stripe.world, payer.subscription_id)
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
    assert event_statuses() == ["pending"]


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

    assert event_statuses() == ["processed"] * 2
    assert OutboxMail.objects.count() == 0

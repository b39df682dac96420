"""The mail before a trial's end: once, to those on trial, with what would have been sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import OutboxMail
from agents.profile.services.trial_reminder import send_trial_reminder_next
from agents.states import MessageStatus
from billing.models import Subscription
from tests.conftest import NOON
from tests.factories import CustomerFactory, MessageFactory

pytestmark = pytest.mark.django_db

SOON = NOON + timedelta(days=5)


def run(now: Any = SOON) -> list[bool]:
    return [send_trial_reminder_next(now=now), send_trial_reminder_next(now=now)]


def test_a_trialist_reads_what_would_have_been_sent() -> None:
    customer = CustomerFactory.create()
    for number in range(4):
        MessageFactory.create(
            lead__customer=customer,
            lead__company=f"Clinic {number}",
            subject=f"Front desk {number}",
            status=MessageStatus.DRY_RUN,
            due_at=None,
            finished_at=NOON,
        )
    MessageFactory.create(lead__customer=customer)
    Subscription.objects.update(leads_used=20, tasks_used=1)

    assert run(SOON - timedelta(seconds=1)) == [False, False]
    assert run() == [True, False]

    mail = OutboxMail.objects.get()
    assert mail.subject == "Your HossAgent trial ends on March 11"
    assert "found 20 leads and finished 1 task." in mail.text
    assert "would have sent 4 emails" in mail.text
    assert "- to Clinic 3: Front desk 3" in mail.text
    assert "Clinic 0" not in mail.text
    assert "Upgrade for $99.00 a month" in mail.text


def test_with_a_card_on_file_the_charge_is_announced() -> None:
    CustomerFactory.create()
    Subscription.objects.update(status="trialing")

    run()

    assert "On March 11, your card is charged $99.00" in OutboxMail.objects.get().text


@pytest.mark.parametrize(
    "facts",
    [
        {"status": "active", "last_paid_at": NOON},
        {"is_complimentary": True},
        {"status": "canceled"},
    ],
)
def test_nobody_else_is_mailed(facts: dict[str, Any]) -> None:
    CustomerFactory.create()
    Subscription.objects.update(**facts)

    assert run() == [True, False]
    assert OutboxMail.objects.count() == 0


def test_a_trial_that_is_over_is_not_mailed() -> None:
    CustomerFactory.create()

    assert run(NOON + timedelta(days=7)) == [False, False]

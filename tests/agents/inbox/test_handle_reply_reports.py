"""A mail system reports: a dead address is suppressed, a delay changes nothing."""

from __future__ import annotations

import pytest

from agents.models import Breaker, DeliveryEvent, Lead
from agents.states import LeadStatus, MessageStatus, ReplyLabel
from agents.suppression.selectors import is_suppressed
from tests.helpers.inbox import deliver, open_messages, thread
from tests.helpers.mailbag import delivery_report

pytestmark = pytest.mark.django_db


def test_hard_bounce_silences_the_address_alone() -> None:
    """Nothing is known about the person's other addresses."""
    conversation = thread()
    opener = conversation.lead.messages.get(step=0)

    stored = deliver(delivery_report(message_id=opener.message_id))

    lead = Lead.objects.get()
    assert (stored.label, stored.matched_by, stored.status_code) == (
        ReplyLabel.BOUNCE,
        "reference",
        "5.1.1",
    )
    assert lead.status == LeadStatus.BOUNCED
    assert open_messages(lead) == [MessageStatus.SENT, MessageStatus.CANCELED]
    assert is_suppressed(customer=lead.customer, email="grace@clinic.com")
    assert not is_suppressed(customer=lead.customer, email="grace.hopper@clinic.com")
    event = DeliveryEvent.objects.get()
    assert (event.kind, event.message, event.detail) == (
        "bounced",
        opener,
        "5.1.1 smtp; 550 5.1.1 no",
    )
    opener.refresh_from_db()
    assert opener.delivery == "bounced"


def test_bounce_never_suppresses_the_address_it_names() -> None:
    """Anybody can write a report; only the address that we wrote to is believed."""
    conversation = thread()
    opener = conversation.lead.messages.get(step=0)

    deliver(delivery_report(message_id=opener.message_id, recipient="victim@else.com"))

    assert not is_suppressed(customer=conversation.customer, email="victim@else.com")
    assert is_suppressed(customer=conversation.customer, email="grace@clinic.com")


def test_refusal_on_reputation_suppresses_nobody() -> None:
    conversation = thread()
    opener = conversation.lead.messages.get(step=0)

    deliver(delivery_report(message_id=opener.message_id, status="5.7.26"))

    lead = Lead.objects.get()
    assert lead.status == LeadStatus.EMAIL_FAILED
    assert open_messages(lead) == [MessageStatus.SENT, MessageStatus.CANCELED]
    assert not is_suppressed(customer=lead.customer, email=lead.email)
    assert Breaker.objects.get().code == "reputation"


def test_delay_changes_nothing() -> None:
    conversation = thread()
    opener = conversation.lead.messages.get(step=0)

    stored = deliver(
        delivery_report(message_id=opener.message_id, action="delayed", status="4.4.1")
    )

    assert (stored.label, stored.status_code, stored.message) == (
        ReplyLabel.DELAY,
        "4.4.1",
        opener,
    )
    assert Lead.objects.get().status == LeadStatus.CONTACTED
    assert open_messages(conversation.lead) == [MessageStatus.SENT, MessageStatus.QUEUED]


def test_five_soft_bounces_count_as_a_bounce() -> None:
    conversation = thread()
    opener = conversation.lead.messages.get(step=0)
    statuses = []
    for number in range(5):
        report = delivery_report(message_id=opener.message_id, status=f"4.4.{number}")
        deliver(report, external_id=f"1:{number}")
        statuses.append(Lead.objects.get().status)

    assert statuses == [LeadStatus.CONTACTED] * 4 + [LeadStatus.BOUNCED]
    assert is_suppressed(customer=conversation.customer, email="grace@clinic.com")

"""Whoever asks for no more mail gets none, from anybody."""

from __future__ import annotations

import pytest

from accounts.models import OutboxMail
from agents.models import Lead, Suppression
from agents.states import ConversationStatus, LeadStatus, MessageStatus, ReplyLabel
from agents.suppression.selectors import is_suppressed
from tests.factories import CustomerFactory, LeadFactory, MessageFactory
from tests.helpers.inbox import address_of, deliver, open_messages, thread
from tests.helpers.mailbag import reply

pytestmark = pytest.mark.django_db


def test_opt_out_counts_for_everybody_at_once() -> None:
    conversation = thread()
    other = LeadFactory.create(email="grace@clinic.com")
    MessageFactory.create(lead=other, status=MessageStatus.QUEUED)

    deliver(reply("Please remove me from your list.", to=address_of(conversation)))

    assert set(Lead.objects.values_list("status", flat=True)) == {LeadStatus.UNSUBSCRIBED}
    assert open_messages(other) == [MessageStatus.CANCELED]
    assert is_suppressed(customer=CustomerFactory.create(), email="Grace@Clinic.com")
    conversation.refresh_from_db()
    assert (conversation.status, conversation.label) == (
        ConversationStatus.CLOSED,
        ReplyLabel.OPT_OUT,
    )
    assert OutboxMail.objects.count() == 0


def test_opt_out_from_another_address_silences_both() -> None:
    conversation = thread()

    deliver(reply("unsubscribe", to=address_of(conversation), sender="boss@clinic.com"))

    customer = CustomerFactory.create()
    assert is_suppressed(customer=customer, email="grace@clinic.com")
    assert is_suppressed(customer=customer, email="boss@clinic.com")
    assert not is_suppressed(customer=customer, email="tim@clinic.com")


def test_complaint_counts_for_everybody() -> None:
    conversation = thread()

    deliver(reply("I have reported this as spam.", to=address_of(conversation)))

    assert Lead.objects.get().status == LeadStatus.UNSUBSCRIBED
    assert Suppression.objects.get().reason == "complaint"

"""An automatic answer: an absence pauses the sequence, a receipt changes nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import OutboxMail
from agents.models import Lead
from agents.states import LeadStatus, MessageStatus, ReplyLabel
from tests.helpers.inbox import NEXT_DAY, address_of, deliver, open_messages, thread
from tests.helpers.mailbag import reply

pytestmark = pytest.mark.django_db


def test_absence_pauses_the_sequence_until_its_date() -> None:
    conversation = thread()

    deliver(
        reply(
            "I am out of the office until March 12 with limited access to email.",
            to=address_of(conversation),
            subject="Automatic reply: A quieter front desk",
            Auto_Submitted="auto-replied",
        )
    )

    lead = Lead.objects.get()
    assert (lead.status, lead.replied_at) == (LeadStatus.CONTACTED, None)
    assert open_messages(lead) == [MessageStatus.SENT, MessageStatus.CANCELED]
    # Nine in the morning of the 13th in New York, after the change to summer time.
    assert lead.next_action_at is not None
    assert lead.next_action_at.isoformat() == "2026-03-13T13:00:00+00:00"
    conversation.refresh_from_db()
    assert (conversation.label, conversation.last_reply_at) == (ReplyLabel.OUT_OF_OFFICE, None)
    assert OutboxMail.objects.count() == 0


def test_absence_without_a_date_pauses_for_a_week() -> None:
    conversation = thread()

    deliver(
        reply("I am out of the office.", to=address_of(conversation), Auto_Submitted="auto-replied")
    )

    due = Lead.objects.get().next_action_at
    assert due is not None
    assert due.date() == (NEXT_DAY + timedelta(days=7)).date()


def test_receipt_changes_nothing() -> None:
    conversation = thread()

    stored = deliver(
        reply(
            "We have received your message. Ticket 4711.",
            to=address_of(conversation),
            Auto_Submitted="auto-replied",
        )
    )

    assert stored.label == ReplyLabel.AUTO_REPLY
    assert open_messages(conversation.lead) == [MessageStatus.SENT, MessageStatus.QUEUED]
    assert Lead.objects.get().status == LeadStatus.CONTACTED

"""Conversations for tests, and received mail that goes its whole way through the inbox."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from agents.inbox.services.opinions import ask_next
from agents.inbox.services.process import process_next
from agents.inbox.services.store import receive
from agents.states import InboundSource, LeadStatus, MessageMode, MessageStatus
from tests.conftest import NOON
from tests.factories import ConversationFactory, LeadFactory, MessageFactory

if TYPE_CHECKING:
    from datetime import datetime

    from agents.models import Conversation, InboundMessage, Lead

NEXT_DAY = NOON + timedelta(days=1)


def thread(**lead: Any) -> Conversation:
    """A contacted lead with a sent opener and a follow-up that waits."""
    contacted = LeadFactory.create(
        email=lead.pop("email", "grace@clinic.com"),
        status=LeadStatus.CONTACTED,
        last_contacted_at=NOON,
        **lead,
    )
    conversation: Conversation = ConversationFactory.create(lead=contacted)
    MessageFactory.create(
        lead=contacted,
        mode=MessageMode.LIVE,
        status=MessageStatus.SENT,
        message_id=f"<opener.{contacted.pk}@hossagent.test>",
        sending_at=NOON,
        finished_at=NOON,
        due_at=None,
    )
    MessageFactory.create(
        lead=contacted, mode=MessageMode.LIVE, step=1, status=MessageStatus.QUEUED
    )
    return conversation


def address_of(conversation: Conversation) -> str:
    """Where a reply to this conversation goes."""
    return f"reply+{conversation.token}@inbound.hossagent.test"


def deliver(raw: bytes, *, now: datetime = NEXT_DAY, **options: Any) -> InboundMessage:
    """Receive one mail and process it."""
    options = {"source": InboundSource.IMAP, "external_id": "1:1", **options}
    stored = receive(raw=raw, now=now, **options)
    assert process_next(now=now)
    stored.refresh_from_db()
    return stored


def process_all(*, now: datetime = NEXT_DAY) -> None:
    """Ask the model about all mail it is to be asked about, and process all that is due."""
    while ask_next(now=now) or process_next(now=now):
        pass


def open_messages(lead: Lead) -> list[str]:
    """The states of the lead's messages, step by step."""
    return list(lead.messages.order_by("step").values_list("status", flat=True))

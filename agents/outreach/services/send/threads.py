"""Conversations and threads: what ties the emails to one lead together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.models import Conversation, Lead, Message
from agents.states import MessageStatus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


def open_conversation(*, lead: Lead, now: datetime) -> Conversation:
    """The lead's one conversation, made when there was none."""
    conversation, _ = Conversation.objects.get_or_create(
        lead=lead, defaults={"customer_id": lead.customer_id, "created_at": now}
    )
    lead.conversation = conversation
    return conversation


def get_threads(messages: Sequence[Message]) -> dict[int, tuple[str, ...]]:
    """Per message the Message-IDs of its lead's earlier emails, oldest first. One query
    at most; none when all are openers."""
    later = [message for message in messages if message.step > 0]
    if not later:
        return {}
    rows = (
        Message.objects.filter(
            lead__in=[message.lead_id for message in later],
            mode=later[0].mode,
            status__in=[MessageStatus.SENT, MessageStatus.DRY_RUN],
        )
        .order_by("step")
        .values_list("lead_id", "step", "message_id")
    )
    earlier: dict[int, list[tuple[int, str]]] = {}
    for lead_id, step, message_id in rows:
        earlier.setdefault(lead_id, []).append((step, message_id))
    return {
        message.pk: tuple(
            message_id
            for step, message_id in earlier.get(message.lead_id, [])
            if step < message.step
        )
        for message in later
    }

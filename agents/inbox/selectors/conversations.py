"""Conversations as one list, and each as one thread: our mail, theirs, and our answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import Http404

from agents.models import Conversation, Task
from agents.states import MESSAGE_OUT, ConversationStatus, TaskStatus

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from accounts.models import Customer
    from agents.models import Answer, InboundMessage, Message

SHOWS = {
    "waiting": "Waiting for you",
    "open": "Open",
    "closed": "Closed",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One mail of a thread. Exactly one of the three is set."""

    at: datetime
    message: Message | None = None
    inbound: InboundMessage | None = None
    answer: Answer | None = None


def list_conversations(*, customer: Customer, show: str = "") -> QuerySet[Conversation]:
    """The customer's conversations in which anything came in: those that wait for an
    answer first, then the newest reply."""
    found: QuerySet[Conversation] = (
        Conversation.objects.filter(customer=customer)
        .exclude(last_reply_at=None)
        .select_related("lead")
        .defer("lead__evidence", "lead__provenance")
        .order_by("-is_awaiting_answer", "-last_reply_at", "-pk")
    )
    if show == "waiting":
        return found.filter(is_awaiting_answer=True)
    if show == "open":
        return found.exclude(status=ConversationStatus.CLOSED)
    if show == "closed":
        return found.filter(status=ConversationStatus.CLOSED)
    return found


def get_conversation(*, customer: Customer, pk: int) -> Conversation:
    """One conversation with its lead. Raises Http404 for a stranger's."""
    conversation: Conversation | None = (
        Conversation.objects.filter(customer=customer, pk=pk)
        .select_related("lead", "customer__subscription", "customer__profile")
        .first()
    )
    if conversation is None:
        raise Http404("no such conversation")
    return conversation


def get_thread(conversation: Conversation) -> list[Entry]:
    """Everything that was written in both directions, oldest first. Three queries."""
    sent = conversation.lead.messages.filter(status__in=MESSAGE_OUT)
    entries = [Entry(at=m.finished_at or m.sending_at or m.created_at, message=m) for m in sent]
    received = (
        conversation.inbound.defer("raw")
        .filter(customer_id=conversation.customer_id)
        .select_related("second_opinion")
    )
    entries += [Entry(at=mail.received_at, inbound=mail) for mail in received]
    entries += [Entry(at=row.created_at, answer=row) for row in conversation.answers.all()]
    return sorted(entries, key=lambda entry: entry.at)


def get_suggestion(conversation: Conversation) -> str:
    """The newest suggested answer that was drafted for this lead; empty when none is."""
    deliverable = (
        Task.objects.filter(lead_id=conversation.lead_id, kind="reply_draft")
        .filter(status=TaskStatus.DONE, customer_id=conversation.customer_id)
        .order_by("-pk")
        .values_list("deliverable", flat=True)
        .first()
    )
    _, found, rest = (deliverable or "").partition("## Suggested answer")
    if not found:
        return ""
    # The mail itself is the section's indented block.
    lines = rest.partition("\n## ")[0].split("\n")
    text = "\n".join(line[4:] for line in lines if line.startswith("    ") or not line.strip())
    return text.strip() + "\n" if text.strip() else ""

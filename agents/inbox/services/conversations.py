"""Who looks after a conversation: the agents, a person, or nobody any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.models import Customer
from accounts.services import audit
from accounts.states import AuditAction
from agents.lease import schedule_now
from agents.models import Conversation, Lead
from agents.states import LEAD_OPEN_TO_OUTREACH, ConversationStatus
from agents.suppression.services.stop import stop_sequence

if TYPE_CHECKING:
    from datetime import datetime


def take_over(*, conversation: Conversation, by: str, now: datetime) -> bool:
    """The agents write no more mail here. False when a person has it already."""
    with transaction.atomic():
        row = _lock(conversation)
        if row.status == ConversationStatus.HUMAN:
            return False
        stop_sequence(
            lead=row.lead,
            code="taken_over",
            sentence=f"{by} took over the conversation.",
            now=now,
        )
        Lead.objects.filter(pk=row.lead_id).update(next_action_at=None)
        _move(row, ConversationStatus.HUMAN, by=by, now=now, taken_by=by[:254])
    return True


def hand_back(*, conversation: Conversation, by: str, now: datetime) -> bool:
    """The agents may go on; to a lead that never answered the sequence continues.

    False when no person had taken it over.
    """
    with transaction.atomic():
        row = _lock(conversation)
        if row.status != ConversationStatus.HUMAN:
            return False
        _move(row, ConversationStatus.OPEN, by=by, now=now, taken_by="")
        if row.lead.status in LEAD_OPEN_TO_OUTREACH and row.lead.replied_at is None:
            Lead.objects.filter(pk=row.lead_id).update(next_action_at=now)
            schedule_now(customer_id=row.customer_id, now=now)
    return True


def close(*, conversation: Conversation, by: str, now: datetime) -> bool:
    """Nothing waits here any more; the sequence ends. A new reply opens it again.

    False when it is closed already.
    """
    with transaction.atomic():
        row = _lock(conversation)
        if row.status == ConversationStatus.CLOSED:
            return False
        stop_sequence(
            lead=row.lead, code="closed", sentence=f"{by} closed the conversation.", now=now
        )
        Lead.objects.filter(pk=row.lead_id).update(next_action_at=None)
        _move(
            row,
            ConversationStatus.CLOSED,
            by=by,
            now=now,
            is_awaiting_answer=False,
            resume_at=None,
        )
    return True


def _lock(conversation: Conversation) -> Conversation:
    Customer.objects.lock(conversation.customer_id)
    row: Conversation = Conversation.objects.select_related("lead").get(pk=conversation.pk)
    return row


def _move(
    row: Conversation, target: ConversationStatus, *, by: str, now: datetime, **fields: object
) -> None:
    before = row.status
    Conversation.objects.filter(pk=row.pk).move(source=before, target=target, **fields)
    audit.record(
        AuditAction.CONVERSATION_MOVED,
        at=now,
        actor=by,
        customer_id=row.customer_id,
        subject=row,
        change=audit.Change(before={"status": before}, after={"status": target.value}),
    )

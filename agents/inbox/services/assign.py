"""A person matches a mail to a conversation, or says that it belongs to none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.services import audit
from accounts.states import AuditAction
from agents.inbox.services.matching import BY_PERSON
from agents.models import InboundMessage
from agents.states import InboundStatus

if TYPE_CHECKING:
    from datetime import datetime

    from agents.models import Conversation


class ForeignMail(Exception):
    """The mail must not go into that conversation; the sentence says why."""


def assign_to_conversation(
    *, inbound: InboundMessage, conversation: Conversation, by: str, now: datetime
) -> bool:
    """Give an unmatched mail to `conversation`; it is then read with all consequences.

    False when it is no longer unmatched. Raises `ForeignMail` when it is known to be
    another customer's, and when pretended mail would reach a real lead.
    """
    if inbound.customer_id not in {None, conversation.customer_id}:
        raise ForeignMail("This email belongs to another customer.")
    if inbound.is_simulated and not conversation.lead.is_fictional:
        raise ForeignMail("A simulated email cannot go to a real lead.")
    with transaction.atomic():
        moved = InboundMessage.objects.filter(pk=inbound.pk).move(
            source=InboundStatus.UNMATCHED,
            target=InboundStatus.PENDING,
            due_at=now,
            attempts=0,
            conversation=conversation,
            customer_id=conversation.customer_id,
            matched_by=BY_PERSON,
            processed_at=None,
        )
        if moved:
            audit.record(
                AuditAction.REPLY_ASSIGNED,
                at=now,
                actor=by,
                customer_id=conversation.customer_id,
                subject=inbound,
                change=audit.Change(after={"conversation": conversation.pk}),
            )
    return bool(moved)


def set_aside(*, inbound: InboundMessage, by: str, now: datetime) -> bool:
    """An unmatched mail is nobody's reply; it is kept, and asks for nobody any more.

    False when it is no longer unmatched.
    """
    with transaction.atomic():
        moved = InboundMessage.objects.filter(pk=inbound.pk).move(
            source=InboundStatus.UNMATCHED, target=InboundStatus.PROCESSED, matched_by=BY_PERSON
        )
        if moved:
            audit.record(
                AuditAction.REPLY_SET_ASIDE,
                at=now,
                actor=by,
                customer_id=inbound.customer_id,
                subject=inbound,
            )
    return bool(moved)

"""A person says where an unmatched mail belongs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.services import audit
from agents.models import InboundMessage
from agents.services.inbound.matching import BY_PERSON
from agents.states import InboundStatus

if TYPE_CHECKING:
    from datetime import datetime

    from agents.models import Conversation


def assign_to_conversation(
    *, inbound: InboundMessage, conversation: Conversation, by: str, now: datetime
) -> bool:
    """Give an unmatched mail to `conversation`; it is then read with all consequences.

    False when it is no longer unmatched.
    """
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
                at=now,
                actor=by,
                action="inbound.assigned",
                customer_id=conversation.customer_id,
                subject=inbound,
                after={"conversation": conversation.pk},
            )
    return bool(moved)

"""One-click unsubscription (RFC 8058): a link's token in, the opt-out recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.models import Customer
from agents.models import Conversation, DeliveryEvent
from agents.states import ConversationStatus, DeliveryKind, SuppressionKind, SuppressionReason
from agents.suppression.services.suppress import suppress

if TYPE_CHECKING:
    from datetime import datetime

SOURCE = "one_click"


def find_conversation(token: str) -> Conversation | None:
    """The conversation that a link belongs to; None for a token that is not ours."""
    return (
        Conversation.objects.select_related("lead", "customer").filter(token=token.lower()).first()
    )


@transaction.atomic
def unsubscribe(*, conversation: Conversation, now: datetime) -> None:
    """No customer writes to this address again, ever.

    In one transaction the address is listed, open messages are canceled, the lead and its
    conversation are closed, and the event is recorded. Idempotent.
    """
    Customer.objects.lock(conversation.customer_id)
    lead = conversation.lead
    suppress(
        kind=SuppressionKind.ADDRESS,
        value=lead.email,
        reason=SuppressionReason.OPT_OUT,
        now=now,
        note="One-click unsubscribe",
    )
    for source in (ConversationStatus.OPEN, ConversationStatus.HUMAN):
        Conversation.objects.filter(pk=conversation.pk).move(
            source=source, target=ConversationStatus.CLOSED, is_awaiting_answer=False
        )
    DeliveryEvent.objects.get_or_create(
        source=SOURCE,
        external_id=conversation.token,
        defaults={
            "kind": DeliveryKind.UNSUBSCRIBED,
            "email": lead.email,
            "detail": "One-click unsubscribe",
            "at": now,
            "received_at": now,
        },
    )

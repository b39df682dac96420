"""Mail to the customer about a reply, queued in the transaction that has read the reply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.services.outbox import AccountEmail, queue_mail
from agents.states import HUMAN_REPLIES, ReplyLabel

if TYPE_CHECKING:
    from datetime import datetime

    from agents.models import Conversation, InboundMessage

PREVIEW = 1_500


def notify_of_reply(inbound: InboundMessage, *, conversation: Conversation, now: datetime) -> None:
    """Somebody answered: one mail per reply, with a link to the conversation."""
    customer = conversation.customer
    queue_mail(
        AccountEmail(
            kind="agents/reply_received",
            to=customer.email,
            context={
                "company": conversation.lead.company,
                "lead_name": conversation.lead.contact_name or conversation.lead.company,
                "customer_name": customer.contact_name,
                "label": ReplyLabel(inbound.label).label.lower(),
                "is_interested": inbound.label == ReplyLabel.INTERESTED,
                "is_simulated": inbound.is_simulated,
                "text": inbound.text[:PREVIEW],
                "conversation_id": conversation.pk,
            },
        ),
        customer_id=customer.pk,
        dedupe_key=f"reply:{inbound.pk}",
        now=now,
    )


def notify_of_unmatched(inbound: InboundMessage, *, now: datetime) -> None:
    """A person wrote to this customer, and only a person can say in which conversation.

    Nothing when it is not known whose the mail is, or when a machine wrote it.
    """
    customer = inbound.customer
    if customer is None or inbound.label not in HUMAN_REPLIES:
        return
    queue_mail(
        AccountEmail(
            # Kind and key are stored, so they keep the old word.
            kind="agents/reply_unplaced",
            to=customer.email,
            context={
                "customer_name": customer.contact_name,
                "sender": inbound.from_address,
                "text": inbound.text[:PREVIEW],
            },
        ),
        customer_id=customer.pk,
        dedupe_key=f"unplaced:{inbound.pk}",
        now=now,
    )


def notify_of_follow_up(conversation: Conversation, *, now: datetime) -> None:
    """They asked to be spoken to again about now."""
    customer = conversation.customer
    at = conversation.resume_at or now
    queue_mail(
        AccountEmail(
            kind="agents/reply_reminder",
            to=customer.email,
            context={
                "company": conversation.lead.company,
                "lead_name": conversation.lead.contact_name or conversation.lead.company,
                "customer_name": customer.contact_name,
                "is_simulated": conversation.lead.is_fictional,
                "conversation_id": conversation.pk,
            },
        ),
        customer_id=customer.pk,
        dedupe_key=f"reminder:{conversation.pk}:{at:%Y-%m-%d}",
        now=now,
    )

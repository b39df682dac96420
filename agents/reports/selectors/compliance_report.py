"""The compliance receipt: everything that is known about writing to one address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agents.models import DeliveryEvent, InboundMessage, Lead, Message, SendAttempt, Suppression
from agents.suppression.selectors import keys_of
from hossagent.lib.text import normalize_email

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer


def get_compliance_report(
    *, email: str, now: datetime, customer: Customer | None = None
) -> dict[str, Any]:
    """Where the address came from, what was sent, what came back, and the opt-out.

    For one customer, or (for the operator) for all. Ready for JSON; times in ISO 8601.
    A suppression is found by its hash even after the person was erased.
    """
    address = normalize_email(email)
    mine = {"customer": customer} if customer is not None else {}
    leads = list(Lead.objects.filter(email_key=address, **mine).order_by("pk"))
    messages = list(Message.objects.filter(lead__in=leads).order_by("pk"))
    return {
        "address": address,
        "made_at": now.isoformat(),
        "do_not_contact": [
            {
                "kind": row.kind,
                "scope": "everybody" if row.customer_id is None else f"customer {row.customer_id}",
                "reason": row.reason,
                "note": row.note,
                "since": row.created_at.isoformat(),
            }
            for row in Suppression.objects.filter(value_hash__in=keys_of(address)).order_by("pk")
            if customer is None or row.customer_id in {None, customer.pk}
        ],
        "leads": [
            {
                "customer": lead.customer_id,
                "company": lead.company,
                "status": lead.status,
                "source": lead.source,
                "provenance": lead.provenance,
                "reason": lead.reason,
                "stored_at": lead.created_at.isoformat(),
            }
            for lead in leads
        ],
        "messages": [
            {
                "customer": message.customer_id,
                "step": message.step,
                "mode": message.mode,
                "status": message.status,
                "message_id": message.message_id,
                "subject": message.subject,
                "left_at": message.sending_at.isoformat() if message.sending_at else None,
                "held": message.held_reason,
                "approved_by": message.approved_by,
            }
            for message in messages
        ],
        "attempts": [
            {
                "at": row.at.isoformat(),
                "mode": row.mode,
                "outcome": row.outcome,
                "detail": row.detail,
            }
            for row in SendAttempt.objects.filter(
                message_pk__in=[message.pk for message in messages]
            ).order_by("pk")
        ],
        "events": [
            {"at": row.at.isoformat(), "kind": row.kind, "source": row.source, "detail": row.detail}
            for row in DeliveryEvent.objects.filter(email__iexact=address).order_by("pk")
            if customer is None
            or (row.message is not None and row.message.customer_id == customer.pk)
        ],
        "received": [
            {"at": row.received_at.isoformat(), "label": row.label, "subject": row.subject}
            for row in InboundMessage.objects.filter(conversation__lead__in=leads).order_by("pk")
        ],
    }

"""The compliance report: everything that is known about writing to one address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agents.models import DeliveryEvent, InboundMessage, Lead, Message, SendAttempt, Suppression
from agents.suppression.selectors import keys_of
from hossagent.lib.text import normalize_email

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from accounts.models import Customer

Rows = list[dict[str, Any]]


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
        "do_not_contact": _suppressions(address, customer),
        "leads": [_lead(lead) for lead in leads],
        "messages": [_message(message) for message in messages],
        "attempts": _attempts(messages),
        "events": _events(address, customer),
        "received": _received(leads),
    }


def _suppressions(address: str, customer: Customer | None) -> Rows:
    return [
        {
            "kind": row.kind,
            "scope": "everybody" if row.customer_id is None else f"customer {row.customer_id}",
            "reason": row.reason,
            "note": row.note,
            "since": row.created_at.isoformat(),
        }
        for row in Suppression.objects.filter(value_hash__in=keys_of(address)).order_by("pk")
        if customer is None or row.customer_id in {None, customer.pk}
    ]


def _lead(lead: Lead) -> dict[str, Any]:
    return {
        "customer": lead.customer_id,
        "company": lead.company,
        "status": lead.status,
        "source": lead.source,
        "provenance": lead.provenance,
        "reason": lead.reason,
        "stored_at": lead.created_at.isoformat(),
    }


def _message(message: Message) -> dict[str, Any]:
    return {
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


def _attempts(messages: Sequence[Message]) -> Rows:
    rows = SendAttempt.objects.filter(message_pk__in=[message.pk for message in messages])
    return [
        {"at": row.at.isoformat(), "mode": row.mode, "outcome": row.outcome, "detail": row.detail}
        for row in rows.order_by("pk")
    ]


def _events(address: str, customer: Customer | None) -> Rows:
    rows = DeliveryEvent.objects.filter(email__iexact=address).order_by("pk")
    return [
        {"at": row.at.isoformat(), "kind": row.kind, "source": row.source, "detail": row.detail}
        for row in rows
        if customer is None or (row.message is not None and row.message.customer_id == customer.pk)
    ]


def _received(leads: Sequence[Lead]) -> Rows:
    rows = InboundMessage.objects.filter(conversation__lead__in=leads).order_by("pk")
    return [
        {"at": row.received_at.isoformat(), "label": row.label, "subject": row.subject}
        for row in rows
    ]

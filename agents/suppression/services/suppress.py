"""Nobody on a do-not-contact list is written to again, from the moment of the entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from accounts.models import Customer
from agents.models import Lead, Message, Suppression
from agents.states import (
    LEAD_TRANSITIONS,
    MESSAGE_CANCELABLE,
    LeadStatus,
    MessageStatus,
    SuppressionKind,
    SuppressionReason,
)
from agents.suppression.selectors import suppression_hash
from hossagent.lib.text import normalize_email

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

_LEAD_BECOMES = {
    SuppressionReason.OPT_OUT: LeadStatus.UNSUBSCRIBED,
    SuppressionReason.COMPLAINT: LeadStatus.UNSUBSCRIBED,
    SuppressionReason.HARD_BOUNCE: LeadStatus.BOUNCED,
    SuppressionReason.SOFT_BOUNCES: LeadStatus.BOUNCED,
    SuppressionReason.MANUAL: LeadStatus.CLOSED,
    SuppressionReason.LEGAL: LeadStatus.CLOSED,
}
# These reasons replace a weaker one when the same value is listed again.
_STRONGER = (SuppressionReason.LEGAL, SuppressionReason.OPT_OUT, SuppressionReason.COMPLAINT)


@transaction.atomic
def suppress(
    *,
    kind: str,
    value: str,
    reason: str,
    customer: Customer | None = None,
    now: datetime,
    note: str = "",
) -> Suppression:
    """Put an address or a domain on a list: everybody's, or one customer's.

    Idempotent. Locks the customers concerned first. Once it is committed, no mail to the value
    can be sent: open messages are canceled, and leads are closed (UNSUBSCRIBED after an
    opt-out or a complaint, BOUNCED after a bounce).
    """
    value = normal_value(kind=kind, value=value)
    leads = _leads_named(kind=kind, value=value, customer=customer)
    concerned = set(leads.values_list("customer_id", flat=True))
    Customer.objects.filter(pk__in=concerned).lock_all()
    row = _save_entry(kind=kind, value=value, reason=reason, customer=customer, now=now, note=note)
    found = list(leads.values_list("pk", flat=True))
    if found:
        cancel_open_messages(
            lead_ids=found,
            code="suppressed",
            reason="This lead is on the do-not-contact list.",
            now=now,
        )
        close_leads(found, target=_LEAD_BECOMES[SuppressionReason(reason)])
    return row


def normal_value(*, kind: str, value: str) -> str:
    """The form in which an address or a domain is hashed and compared."""
    value = normalize_email(value)
    return value.lstrip("@").rstrip(".") if kind == SuppressionKind.DOMAIN else value


def _leads_named(*, kind: str, value: str, customer: Customer | None) -> Any:
    leads = Lead.objects.all() if customer is None else Lead.objects.for_customer(customer)
    if kind == SuppressionKind.ADDRESS:
        return leads.filter(email_key=value)
    return leads.filter(
        Q(domain=value) | Q(email_key__endswith=f"@{value}") | Q(email_key__endswith=f".{value}")
    )


def _save_entry(
    *, kind: str, value: str, reason: str, customer: Customer | None, now: datetime, note: str
) -> Suppression:
    row, is_new = Suppression.objects.get_or_create(
        customer=customer,
        kind=kind,
        value_hash=suppression_hash(value),
        defaults={"value": value, "reason": reason, "note": note[:300], "created_at": now},
    )
    if not is_new and reason in _STRONGER and row.reason not in _STRONGER:
        row.reason, row.note = reason, note[:300]
        row.save(update_fields=["reason", "note"])
    return row


def cancel_open_messages(*, lead_ids: list[int], code: str, reason: str, now: datetime) -> int:
    """Cancel every message to these leads that has not begun to be sent; returns how many."""
    return sum(
        Message.objects.filter(lead__in=lead_ids).move(
            source=status,
            target=MessageStatus.CANCELED,
            due_at=None,
            finished_at=now,
            held_code=code,
            held_reason=reason,
        )
        for status in MESSAGE_CANCELABLE
    )


def close_leads(lead_ids: list[int], *, target: LeadStatus) -> int:
    """Move these leads to an end state from every status that allows it; returns how many."""
    return sum(
        Lead.objects.filter(pk__in=lead_ids).move(source=source, target=target, next_action_at=None)
        for source in LEAD_TRANSITIONS.sources(target)
    )

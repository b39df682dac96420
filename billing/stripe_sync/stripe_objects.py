"""Where Stripe's objects keep what we need, in the current shape and in the older one.

From API version 2025-03-31 on a subscription's period is on its items and an invoice
names its subscription under `parent`. Both places are read, the new one first.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

StripeObject = dict[str, Any]


def moment(epoch: int | None) -> datetime | None:
    return None if epoch is None else datetime.fromtimestamp(epoch, tz=UTC)


def reference(value: Any) -> str:
    """The id in a field that holds an id, an expanded object, or nothing."""
    if isinstance(value, dict):
        return str(value.get("id") or "")
    return str(value or "")


def _items(subscription: StripeObject) -> list[StripeObject]:
    return list((subscription.get("items") or {}).get("data") or [])


def period(subscription: StripeObject) -> tuple[datetime | None, datetime | None]:
    """The current period's start and end; over several items the widest."""
    items = _items(subscription)
    starts = [i["current_period_start"] for i in items if i.get("current_period_start")]
    ends = [i["current_period_end"] for i in items if i.get("current_period_end")]
    start = min(starts) if starts else subscription.get("current_period_start")
    end = max(ends) if ends else subscription.get("current_period_end")
    return moment(start), moment(end)


def quantity(subscription: StripeObject) -> int:
    return sum(int(item.get("quantity") or 1) for item in _items(subscription)) or 1


def cancel_at(subscription: StripeObject) -> datetime | None:
    """When a scheduled cancel takes effect, however it was asked for."""
    if subscription.get("cancel_at"):
        return moment(subscription["cancel_at"])
    return period(subscription)[1] if subscription.get("cancel_at_period_end") else None


def invoice_subscription(invoice: StripeObject) -> str:
    """The id of the subscription that an invoice is for; empty for none."""
    parent = invoice.get("parent") or {}
    details = parent.get("subscription_details") or {}
    return reference(details.get("subscription")) or reference(invoice.get("subscription"))


def invoice_is_paid(invoice: StripeObject) -> bool:
    """Paid with money: an invoice of zero is "paid" too, and does not count."""
    paid = invoice.get("status") == "paid" or bool(invoice.get("paid"))
    return paid and int(invoice.get("amount_paid") or 0) > 0


def invoice_paid_at(invoice: StripeObject) -> datetime | None:
    transitions = invoice.get("status_transitions") or {}
    return moment(transitions.get("paid_at") or invoice.get("created"))


def invoice_is_unpaid(invoice: StripeObject) -> bool:
    """Open, with something left to pay, and already tried."""
    return (
        invoice.get("status") == "open"
        and int(invoice.get("amount_remaining") or 0) > 0
        and bool(invoice.get("attempted") or invoice.get("attempt_count"))
    )

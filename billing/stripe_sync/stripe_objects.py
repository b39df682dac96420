"""Where Stripe's objects keep what we need, in the current shape and in the older one.

From API version 2025-03-31 on, the items of a subscription carry its period, and an
invoice names its subscription under `parent`. Both places are read, the new one first.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

StripeObject = dict[str, Any]

# Statuses in which a subscription charges the customer, or will once a card works.
LIVE_STATUSES = frozenset({"active", "trialing", "past_due", "unpaid", "paused"})


def to_datetime(epoch: int | None) -> datetime | None:
    return None if epoch is None else datetime.fromtimestamp(epoch, tz=UTC)


def id_of(value: Any) -> str:
    """The id in a field that holds an id, an expanded object, or nothing."""
    if isinstance(value, dict):
        return str(value.get("id") or "")
    return str(value or "")


def live_subscriptions(subscriptions: Iterable[StripeObject]) -> list[StripeObject]:
    """Those that charge, or will once a card works. There should be at most one."""
    return [one for one in subscriptions if one.get("status") in LIVE_STATUSES]


def current_period(subscription: StripeObject) -> tuple[datetime | None, datetime | None]:
    """The start and end of the current period; with several items, the widest."""
    items = _items(subscription)
    starts = [i["current_period_start"] for i in items if i.get("current_period_start")]
    ends = [i["current_period_end"] for i in items if i.get("current_period_end")]
    start = min(starts) if starts else subscription.get("current_period_start")
    end = max(ends) if ends else subscription.get("current_period_end")
    return to_datetime(start), to_datetime(end)


def total_quantity(subscription: StripeObject) -> int:
    return sum(int(item.get("quantity") or 1) for item in _items(subscription)) or 1


def _items(subscription: StripeObject) -> list[StripeObject]:
    return list((subscription.get("items") or {}).get("data") or [])


def scheduled_cancel_at(subscription: StripeObject) -> datetime | None:
    """When a scheduled cancellation takes effect, however it was requested."""
    if subscription.get("cancel_at"):
        return to_datetime(subscription["cancel_at"])
    return current_period(subscription)[1] if subscription.get("cancel_at_period_end") else None


def invoice_subscription_id(invoice: StripeObject) -> str:
    """The id of the subscription that an invoice is for, or an empty string."""
    parent = invoice.get("parent") or {}
    details = parent.get("subscription_details") or {}
    return id_of(details.get("subscription")) or id_of(invoice.get("subscription"))


def is_invoice_paid(invoice: StripeObject) -> bool:
    """Paid with money. An invoice of zero is "paid" at Stripe too, and does not count."""
    paid = invoice.get("status") == "paid" or bool(invoice.get("paid"))
    return paid and int(invoice.get("amount_paid") or 0) > 0


def invoice_paid_at(invoice: StripeObject) -> datetime | None:
    transitions = invoice.get("status_transitions") or {}
    return to_datetime(transitions.get("paid_at") or invoice.get("created"))


def is_invoice_unpaid(invoice: StripeObject) -> bool:
    """Open, with an amount left to pay, and already attempted."""
    return (
        invoice.get("status") == "open"
        and int(invoice.get("amount_remaining") or 0) > 0
        and bool(invoice.get("attempted") or invoice.get("attempt_count"))
    )

"""Step three: compute Stripe's part of `Subscription` from the mirror, and write it.

The only writer of those columns.
"""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from django.db.models import F

from billing.models import Subscription
from billing.states import SubscriptionStatus
from billing.stripe_sync import mirror, stripe_objects

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from billing.stripe_sync.stripe_objects import StripeObject

logger = logging.getLogger("billing.stripe_sync")

# Stripe's statuses from best to worst. A status that is not listed ranks below every
# running subscription and above the dead ones, because somebody has to see it.
_RANK = {
    "active": 0,
    "trialing": 1,
    "past_due": 2,
    "unpaid": 3,
    "paused": 4,
    "incomplete": 6,
    "canceled": 7,
}
_UNKNOWN_RANK = 5
# The first payment never came, so the subscription never started.
_NEVER_STARTED = "incomplete_expired"

# {"status": {"ours": "active", "stripe": "canceled"}, ...}
Differences = dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Projection:
    """The projected columns of `Subscription`, by their names."""

    status: str = SubscriptionStatus.NONE.value
    stripe_subscription_id: str = ""
    live_count: int = 0
    quantity: int = 1
    current_period_start: datetime | None = None
    current_period_end: datetime | None = None
    cancel_at: datetime | None = None
    past_due_since: datetime | None = None
    last_paid_at: datetime | None = None


def write_projection(*, row: Subscription, now: datetime) -> Differences:
    """Bring `row`, which the caller has locked, in line with the mirror.

    Returns what changed; empty when nothing did.
    """
    subscriptions = mirror.list_subscriptions(stripe_customer_id=row.stripe_customer_id)
    invoices = mirror.list_invoices(stripe_customer_id=row.stripe_customer_id)
    projection = compute_projection(subscriptions=subscriptions, invoices=invoices)
    _log_what_needs_a_person(row, projection, subscriptions)
    changed = find_differences(row=row, projection=projection)
    values = asdict(projection)
    Subscription.objects.filter(pk=row.pk).update(
        **values, synced_at=now, projection_version=F("projection_version") + 1
    )
    for name, value in values.items():
        setattr(row, name, value)
    row.synced_at = now
    return changed


def compute_projection(
    *, subscriptions: Sequence[StripeObject], invoices: Sequence[StripeObject]
) -> Projection:
    """The best of a customer's subscriptions and its invoices, as our columns.

    Depends on nothing else: not on the order of the objects, and not on the clock.
    """
    started = [one for one in subscriptions if one.get("status") != _NEVER_STARTED]
    if not started:
        return Projection()
    best = min(started, key=_rank)
    status = str(best.get("status"))
    start, end = stripe_objects.current_period(best)
    own = [i for i in invoices if stripe_objects.invoice_subscription_id(i) == best["id"]]
    return Projection(
        status=status if status in _RANK else SubscriptionStatus.UNKNOWN.value,
        stripe_subscription_id=str(best["id"]),
        live_count=len(stripe_objects.live_subscriptions(subscriptions)),
        quantity=stripe_objects.total_quantity(best),
        current_period_start=start,
        current_period_end=end,
        cancel_at=None if status == "canceled" else stripe_objects.scheduled_cancel_at(best),
        past_due_since=_past_due_since(own, start) if status == "past_due" else None,
        last_paid_at=_last_paid_at(own),
    )


def _rank(subscription: StripeObject) -> tuple[int, int, str]:
    status = str(subscription.get("status"))
    return (
        _RANK.get(status, _UNKNOWN_RANK),
        -int(subscription.get("created") or 0),
        str(subscription["id"]),
    )


def _past_due_since(
    invoices: Sequence[StripeObject], period_start: datetime | None
) -> datetime | None:
    """When the oldest unpaid invoice was created.

    The period cannot tell: Stripe moves it forward before it charges. Its end would grant
    an extra month, and its start would restart the grace period every month.
    """
    unpaid = [
        stripe_objects.to_datetime(i.get("created"))
        for i in invoices
        if stripe_objects.is_invoice_unpaid(i)
    ]
    return min((at for at in unpaid if at is not None), default=period_start)


def _last_paid_at(invoices: Sequence[StripeObject]) -> datetime | None:
    paid = [
        stripe_objects.invoice_paid_at(i) for i in invoices if stripe_objects.is_invoice_paid(i)
    ]
    return max((at for at in paid if at is not None), default=None)


def find_differences(*, row: Subscription, projection: Projection) -> Differences:
    """Which columns of `row` are not as projected; empty when all are."""
    return {
        name: {"ours": _as_text(getattr(row, name)), "stripe": _as_text(value)}
        for name, value in asdict(projection).items()
        if getattr(row, name) != value
    }


def _as_text(value: object) -> str:
    return "" if value is None else str(value)


def _log_what_needs_a_person(
    row: Subscription, projection: Projection, subscriptions: list[StripeObject]
) -> None:
    if projection.status == SubscriptionStatus.UNKNOWN:
        logger.error(
            "[STRIPE][UNKNOWN_STATUS] customer_id=%s subscription=%s statuses=%s",
            row.pk,
            projection.stripe_subscription_id,
            sorted({str(one.get("status")) for one in subscriptions}),
        )
    live = stripe_objects.live_subscriptions(subscriptions)
    if len(live) > 1:
        logger.error(
            "[STRIPE][TWO_SUBSCRIPTIONS] customer_id=%s subscriptions=%s",
            row.pk,
            sorted(str(one["id"]) for one in live),
        )

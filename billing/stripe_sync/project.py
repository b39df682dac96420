"""Stripe's part of `Subscription`, computed from the mirror: the one writer of it."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import F

from billing.models import Subscription
from billing.states import SubscriptionStatus
from billing.stripe_sync import store, stripe_objects

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from billing.stripe_sync.stripe_objects import StripeObject

logger = logging.getLogger("billing.stripe_sync")

# Stripe's words from best to worst. A word that is not here is worth less than any
# running subscription and more than a dead one: it must be seen.
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
# A first payment that never came leaves nothing behind.
_NEVER_BEGAN = "incomplete_expired"
RECONCILE_EVERY = timedelta(hours=24)
LIVE_WORDS = frozenset({"active", "trialing", "past_due", "unpaid", "paused"})


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


def _rank(subscription: StripeObject) -> tuple[int, int, str]:
    word = str(subscription.get("status"))
    return (
        _RANK.get(word, _UNKNOWN_RANK),
        -int(subscription.get("created") or 0),
        str(subscription["id"]),
    )


def live_subscriptions(subscriptions: Sequence[StripeObject]) -> list[StripeObject]:
    """Those that charge, or will when a card works: there should be one at most."""
    return [thing for thing in subscriptions if thing.get("status") in LIVE_WORDS]


def compute(
    *, subscriptions: Sequence[StripeObject], invoices: Sequence[StripeObject]
) -> Projection:
    """The projection of a customer's objects: the best subscription and its invoices.

    The order in which the objects are given does not matter, and the clock neither.
    """
    begun = [thing for thing in subscriptions if thing.get("status") != _NEVER_BEGAN]
    if not begun:
        return Projection()
    best = min(begun, key=_rank)
    word = str(best.get("status"))
    start, end = stripe_objects.period(best)
    ours = [i for i in invoices if stripe_objects.invoice_subscription(i) == best["id"]]
    return Projection(
        status=word if word in _RANK else SubscriptionStatus.UNKNOWN.value,
        stripe_subscription_id=str(best["id"]),
        live_count=len(live_subscriptions(subscriptions)),
        quantity=stripe_objects.quantity(best),
        current_period_start=start,
        current_period_end=end,
        cancel_at=None if word == "canceled" else stripe_objects.cancel_at(best),
        past_due_since=_past_due_since(ours, start) if word == "past_due" else None,
        last_paid_at=max(
            (
                at
                for i in ours
                if stripe_objects.invoice_is_paid(i) and (at := stripe_objects.invoice_paid_at(i))
            ),
            default=None,
        ),
    )


def _past_due_since(
    invoices: Sequence[StripeObject], period_start: datetime | None
) -> datetime | None:
    """From the oldest invoice that was tried and is still open. Stripe moves the period
    on before it charges, so the period's end would give a month too much, and its start
    would begin the grace anew every month."""
    unpaid = [
        stripe_objects.moment(i.get("created"))
        for i in invoices
        if stripe_objects.invoice_is_unpaid(i)
    ]
    return min((at for at in unpaid if at is not None), default=period_start)


def project(*, row: Subscription, now: datetime) -> dict[str, dict[str, str]]:
    """Write the mirror's state into `row`, which the caller holds locked.

    Returns what changed: `{"status": {"ours": "active", "stripe": "canceled"}, ...}`.
    """
    subscriptions = store.subscriptions_of(row.stripe_customer_id)
    computed = compute(
        subscriptions=subscriptions, invoices=store.invoices_of(row.stripe_customer_id)
    )
    _report(row, computed, subscriptions)
    changed = differences(row, computed)
    values = asdict(computed)
    Subscription.objects.filter(pk=row.pk).update(
        **values, synced_at=now, projection_version=F("projection_version") + 1
    )
    for name, value in values.items():
        setattr(row, name, value)
    row.synced_at = now
    return changed


def differences(row: Subscription, computed: Projection) -> dict[str, dict[str, str]]:
    """`{"status": {"ours": "active", "stripe": "canceled"}, ...}`; empty when in step."""
    return {
        name: {"ours": _text(getattr(row, name)), "stripe": _text(value)}
        for name, value in asdict(computed).items()
        if getattr(row, name) != value
    }


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _report(row: Subscription, computed: Projection, subscriptions: list[StripeObject]) -> None:
    if computed.status == SubscriptionStatus.UNKNOWN:
        words = sorted({str(thing.get("status")) for thing in subscriptions})
        logger.error(
            "[STRIPE][UNKNOWN_STATUS] customer_id=%s subscription=%s statuses=%s",
            row.pk,
            computed.stripe_subscription_id,
            words,
        )
    live = live_subscriptions(subscriptions)
    if len(live) > 1:
        logger.error(
            "[STRIPE][TWO_SUBSCRIPTIONS] customer_id=%s subscriptions=%s",
            row.pk,
            sorted(str(thing["id"]) for thing in live),
        )


def link(*, row: Subscription, stripe_customer_id: str, now: datetime) -> None:
    """Remember who the customer is at Stripe; `row` is locked and not linked yet."""
    Subscription.objects.filter(pk=row.pk, stripe_customer_id="").update(
        stripe_customer_id=stripe_customer_id, reconcile_at=now + RECONCILE_EVERY
    )
    row.stripe_customer_id = stripe_customer_id

"""One customer's live subscriptions side by side, for choosing which one to end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from billing.stripe_sync import mirror, stripe_objects
from hossagent.lib.money import format_cents

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer
    from billing.stripe_sync.stripe_objects import StripeObject

DASHBOARD = "https://dashboard.stripe.com"


@dataclass(frozen=True, slots=True)
class LiveSubscription:
    """One of them. `collected` is the sum of its paid invoices. `is_leading` marks the one
    that gives the customer its rights."""

    id: str
    status: str
    started_at: datetime | None
    period_end: datetime | None
    cancel_at: datetime | None
    collected: str
    is_leading: bool
    url: str


def get_live_subscriptions(*, customer: Customer) -> list[LiveSubscription]:
    """From the mirror, oldest first. Empty for a customer that Stripe does not know."""
    row = customer.subscription
    if not row.stripe_customer_id:
        return []
    invoices = mirror.list_invoices(stripe_customer_id=row.stripe_customer_id)
    live = stripe_objects.live_subscriptions(
        mirror.list_subscriptions(stripe_customer_id=row.stripe_customer_id)
    )
    return [
        LiveSubscription(
            id=str(thing["id"]),
            status=str(thing["status"]).replace("_", " "),
            started_at=stripe_objects.to_datetime(thing.get("created")),
            period_end=stripe_objects.current_period(thing)[1],
            cancel_at=stripe_objects.scheduled_cancel_at(thing),
            collected=_collected(thing, invoices),
            is_leading=thing["id"] == row.stripe_subscription_id,
            url=_dashboard_url(thing),
        )
        for thing in sorted(live, key=lambda one: (one.get("created") or 0, one["id"]))
    ]


def _dashboard_url(subscription: StripeObject) -> str:
    mode = "" if subscription.get("livemode") else "test/"
    return f"{DASHBOARD}/{mode}subscriptions/{subscription['id']}"


def _collected(subscription: StripeObject, invoices: list[StripeObject]) -> str:
    own = [i for i in invoices if stripe_objects.invoice_subscription_id(i) == subscription["id"]]
    return format_cents(sum(int(i.get("amount_paid") or 0) for i in own))

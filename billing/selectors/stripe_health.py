"""Stripe's health for the console, from our own rows. No call is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from billing.models import BillingEvent, Drift, Subscription
from billing.plans import PRO
from billing.states import EventStatus, SubscriptionStatus
from billing.stripe_sync import mirror
from hossagent import subsystems
from hossagent.lib.money import format_cents

if TYPE_CHECKING:
    from datetime import datetime

    from hossagent.subsystems import Subsystem


@dataclass(frozen=True, slots=True)
class StripeHealth:
    """What the panel shows. The counts are what needs a person."""

    mode: Subsystem
    has_key: bool
    is_live_key: bool
    has_webhook_secret: bool
    limits: str
    is_product_ready: bool
    is_price_ready: bool
    last_event: BillingEvent | None
    last_error: BillingEvent | None
    failed_events: int
    unknown_statuses: int
    paying_twice: int
    last_drift: Drift | None
    oldest_sync: datetime | None


def get_stripe_health() -> StripeHealth:
    config = settings.CONFIG
    key = config.STRIPE_API_KEY.get_secret_value()
    low, high = config.STRIPE_MIN_AMOUNT_CENTS, config.STRIPE_MAX_AMOUNT_CENTS
    linked = Subscription.objects.exclude(stripe_customer_id="")
    prices = mirror.list_active_prices(lookup_key=PRO.key)
    return StripeHealth(
        mode=subsystems.stripe(),
        has_key=bool(key),
        is_live_key=key.startswith(("sk_live_", "rk_live_")),
        has_webhook_secret=bool(config.STRIPE_WEBHOOK_SECRET.get_secret_value()),
        limits=f"{format_cents(low)} to {format_cents(high)}",
        is_product_ready=mirror.has_product(product_id=PRO.key),
        is_price_ready=[price.get("unit_amount") for price in prices] == [PRO.price_cents],
        last_event=BillingEvent.objects.order_by("-received_at").first(),
        last_error=BillingEvent.objects.exclude(error="")
        .exclude(status=EventStatus.IGNORED)
        .order_by("-received_at")
        .first(),
        failed_events=BillingEvent.objects.filter(status=EventStatus.FAILED).count(),
        unknown_statuses=Subscription.objects.filter(status=SubscriptionStatus.UNKNOWN).count(),
        paying_twice=Subscription.objects.filter(live_count__gt=1).count(),
        last_drift=Drift.objects.select_related("customer").order_by("-found_at").first(),
        oldest_sync=linked.order_by("synced_at").values_list("synced_at", flat=True).first(),
    )

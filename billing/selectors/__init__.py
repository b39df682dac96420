"""What pages ask of billing: plan card, history, live subscriptions, Stripe's health."""

from __future__ import annotations

from billing.selectors.billing_history import (
    BillingHistory,
    BillingLine,
    SummaryLine,
    get_billing_history,
)
from billing.selectors.live_subscriptions import LiveSubscription, get_live_subscriptions
from billing.selectors.plan_card import PlanCard, Usage, get_plan_card
from billing.selectors.plan_words import CHECKOUT_PATH, PORTAL_PATH, Button
from billing.selectors.stripe_health import StripeHealth, get_stripe_health

__all__ = [
    "CHECKOUT_PATH",
    "PORTAL_PATH",
    "BillingHistory",
    "BillingLine",
    "Button",
    "LiveSubscription",
    "PlanCard",
    "StripeHealth",
    "SummaryLine",
    "Usage",
    "get_billing_history",
    "get_live_subscriptions",
    "get_plan_card",
    "get_stripe_health",
]

"""What customers may do and what they owe: subscriptions, work summaries, Stripe's events."""

from __future__ import annotations

from billing.models.checkout import Checkout, Drift
from billing.models.event import BillingEvent, ReceivedEvent
from billing.models.invoice import Invoice, InvoiceLine
from billing.models.subscription import Subscription
from billing.models.trial_identity import TrialGuardKey, TrialIdentity

__all__ = [
    "BillingEvent",
    "Checkout",
    "Drift",
    "Invoice",
    "InvoiceLine",
    "ReceivedEvent",
    "Subscription",
    "TrialGuardKey",
    "TrialIdentity",
]

"""Subscription and invoice statuses, and what may follow what."""

from __future__ import annotations

from django.db import models

from hossagent.lib.transitions import Transitions


class SubscriptionStatus(models.TextChoices):
    """Ours, and Stripe's words where Stripe decides. UNKNOWN gives no rights."""

    NONE = "none"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    UNPAID = "unpaid"
    CANCELED = "canceled"
    INCOMPLETE = "incomplete"
    PAUSED = "paused"
    UNKNOWN = "unknown"


class InvoiceStatus(models.TextChoices):
    DRAFT = "draft"
    OPEN = "open"
    PAID = "paid"
    VOID = "void"


INVOICE_TRANSITIONS = Transitions(
    InvoiceStatus,
    {
        InvoiceStatus.DRAFT: {InvoiceStatus.OPEN, InvoiceStatus.VOID},
        InvoiceStatus.OPEN: {InvoiceStatus.PAID, InvoiceStatus.VOID},
        InvoiceStatus.PAID: {},
        InvoiceStatus.VOID: {},
    },
    initial={InvoiceStatus.DRAFT},
)

"""Statuses of subscriptions, invoices, events and checkouts, and what may follow what."""

from __future__ import annotations

from django.db import models

from hossagent.lib.tones import Toned, Tones
from hossagent.lib.transitions import Transitions


class SubscriptionStatus(Toned, models.TextChoices):
    """NONE and UNKNOWN are ours; the others are Stripe's own words. UNKNOWN gives no rights."""

    NONE = "none"
    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    UNPAID = "unpaid"
    CANCELED = "canceled"
    INCOMPLETE = "incomplete"
    PAUSED = "paused"
    UNKNOWN = "unknown"

    @classmethod
    def tones(cls) -> Tones:
        return Tones(
            good={cls.ACTIVE},
            bad={cls.PAST_DUE, cls.UNPAID, cls.INCOMPLETE, cls.UNKNOWN},
            quiet={cls.CANCELED},
            neutral={cls.NONE, cls.TRIALING, cls.PAUSED},
        )


class TrialOutcome(models.TextChoices):
    """The trial guard's answer. Without a trial, the product is still for sale."""

    TRIAL = "trial"
    NO_TRIAL = "no_trial"


class InvoiceStatus(Toned, models.TextChoices):
    DRAFT = "draft"
    OPEN = "open"
    PAID = "paid"
    VOID = "void"

    @classmethod
    def tones(cls) -> Tones:
        return Tones(
            good={cls.PAID},
            quiet={cls.VOID},
            neutral={cls.DRAFT, cls.OPEN},
        )


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


class StripeInvoiceStatus(Toned, models.TextChoices):
    """Stripe's own words for an invoice that a customer sees. Its drafts are not shown."""

    PAID = "paid", "Paid"
    OPEN = "open", "Open"
    VOID = "void", "Void"
    UNCOLLECTIBLE = "uncollectible", "Not collected"

    @classmethod
    def tones(cls) -> Tones:
        return Tones(good={cls.PAID}, bad={cls.UNCOLLECTIBLE}, quiet={cls.VOID}, neutral={cls.OPEN})


class EventStatus(Toned, models.TextChoices):
    """A verified event from Stripe. IGNORED: genuine, but about nobody we know."""

    PENDING = "pending"
    PROCESSED = "processed"
    IGNORED = "ignored"
    FAILED = "failed"

    @classmethod
    def tones(cls) -> Tones:
        return Tones(
            good={cls.PROCESSED},
            bad={cls.FAILED},
            quiet={cls.IGNORED},
            neutral={cls.PENDING},
        )


EVENT_TRANSITIONS = Transitions(
    EventStatus,
    {
        EventStatus.PENDING: {
            EventStatus.PROCESSED,
            EventStatus.IGNORED,
            EventStatus.FAILED,
        },
        # An operator may replay any event, because processing recomputes from Stripe's state.
        EventStatus.PROCESSED: {EventStatus.PENDING},
        EventStatus.IGNORED: {EventStatus.PENDING},
        EventStatus.FAILED: {EventStatus.PENDING},
    },
    initial={EventStatus.PENDING},
)


class CheckoutStatus(Toned, models.TextChoices):
    """A visit to Stripe's checkout. At most one is OPEN per customer."""

    OPEN = "open"
    COMPLETED = "completed"
    EXPIRED = "expired"

    @classmethod
    def tones(cls) -> Tones:
        return Tones(
            good={cls.COMPLETED},
            quiet={cls.EXPIRED},
            neutral={cls.OPEN},
        )


CHECKOUT_TRANSITIONS = Transitions(
    CheckoutStatus,
    {
        CheckoutStatus.OPEN: {CheckoutStatus.COMPLETED, CheckoutStatus.EXPIRED},
        CheckoutStatus.COMPLETED: {},
        # Stripe decides: a session that we expired may have been paid after all.
        CheckoutStatus.EXPIRED: {CheckoutStatus.COMPLETED},
    },
    initial={CheckoutStatus.OPEN},
)


class CheckoutPurpose(models.TextChoices):
    """START keeps the running trial. UPGRADE pays at once."""

    START = "start"
    UPGRADE = "upgrade"

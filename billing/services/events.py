"""Stripe's events as rows: stored once, processed until done, replayed on request."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F

from accounts.models import Customer
from accounts.services.audit import Change, record
from accounts.states import AuditAction
from billing import gateway
from billing.models import BillingEvent, ReceivedEvent, Subscription
from billing.services import checkouts, dunning, payment_links
from billing.states import EventStatus
from billing.stripe_sync import stripe_objects, sync
from hossagent import subsystems

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from billing.stripe_sync.stripe_objects import StripeObject

logger = logging.getLogger("billing.events")

# What we subscribe to. Any other event is answered and not stored.
HANDLED = frozenset(
    {
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.expired",
        "customer.subscription.created",
        "customer.subscription.updated",
        "customer.subscription.deleted",
        "customer.subscription.paused",
        "customer.subscription.resumed",
        "customer.subscription.trial_will_end",
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_failed",
        "invoice.voided",
    }
)

# How long a worker may hold a claimed event before another one takes it.
LEASE = timedelta(minutes=3)
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=2)
MAX_ATTEMPTS = 14
BODIES_KEPT = timedelta(days=30)


class NotOurs(Exception):
    """The event is about no customer of this installation."""


def store_event(*, event: StripeObject, body: str, now: datetime) -> None:
    """Store a verified event once. One that is stored already stays as it is."""
    subject = (event.get("data") or {}).get("object") or {}
    BillingEvent.objects.store_once(
        ReceivedEvent(
            event_id=event["id"],
            type=event["type"],
            livemode=event["livemode"],
            api_version=event.get("api_version") or "",
            happened_at=stripe_objects.to_datetime(event.get("created")) or now,
            object_id=stripe_objects.id_of(subject),
            stripe_customer_id=stripe_objects.id_of(subject.get("customer")),
            body=body,
            received_at=now,
        )
    )


def process_next(*, now: datetime) -> bool:
    """Process one due event. True when there was one, whatever the outcome.

    1. Claim it by moving `due_at` past the lease, so that a crashed worker's event comes
       back by itself.
    2. Bring the customer to Stripe's state, and finish the event in the same transaction.
    3. On failure, record the error and reschedule with a growing wait. After the last
       attempt the event is FAILED, for a person to replay.
    """
    if not subsystems.stripe().is_live:
        # The events wait, and use up no attempts.
        return False
    event = BillingEvent.objects.due(now=now).order_by("due_at", "pk").first()
    if event is None:
        return False
    claimed = BillingEvent.objects.filter(
        pk=event.pk, status=EventStatus.PENDING, due_at=event.due_at
    ).update(due_at=now + LEASE, attempts=F("attempts") + 1)
    if not claimed:
        return True
    event.attempts += 1
    try:
        _process_event(event, now)
    except NotOurs as reason:
        _finish(event, EventStatus.IGNORED, now, error=str(reason))
    except Exception as error:
        logger.exception("[STRIPE][EVENT_FAILED] event=%s type=%s", event.event_id, event.type)
        _reschedule_or_fail(event, now, error)
    return True


def _process_event(event: BillingEvent, now: datetime) -> None:
    """Recompute from Stripe's current state. The event is only the reason to look."""
    session = _checkout_session(event)
    if session and session.get("mode") == "payment":
        _record_payment(event, session, now)
        return
    row = Subscription.objects.filter(
        stripe_customer_id=event.stripe_customer_id or "nobody"
    ).first()
    if row is None:
        raise NotOurs("No customer of ours has this Stripe customer.")
    event.customer_id = row.pk
    if session:
        # Before the event is finished, so that a failure here brings it back.
        sync.sync_customer(customer_id=row.pk, now=now)
        checkouts.end_second_trial(customer=Customer.objects.get(pk=row.pk), now=now)
    synced = sync.sync_customer(
        customer_id=row.pk, now=now, and_then=_effects_of(event, session, now)
    )
    if synced is None:
        raise NotOurs("The customer is no longer linked to Stripe.")


def _checkout_session(event: BillingEvent) -> StripeObject | None:
    if not event.type.startswith("checkout.session."):
        return None
    return gateway.retrieve_checkout_session(session_id=event.object_id)


def _record_payment(event: BillingEvent, session: StripeObject, now: datetime) -> None:
    invoice = payment_links.get_paid_invoice(session=session)
    if invoice is None:
        raise NotOurs("The payment names no work summary of ours.")
    event.customer_id = invoice.customer_id
    payment_links.record_payment(
        invoice=invoice,
        session=session,
        now=now,
        and_then=lambda: _finish(event, EventStatus.PROCESSED, now),
    )


def _effects_of(
    event: BillingEvent, session: StripeObject | None, now: datetime
) -> Callable[[sync.Synced], None]:
    """What else the event means, for the transaction that writes the projection."""

    def run(synced: sync.Synced) -> None:
        if session is not None:
            checkouts.close_checkout(session=session, now=now)
        if event.type == "invoice.payment_failed":
            dunning.notify_payment_failed(synced=synced, invoice_id=event.object_id, now=now)
        if event.type == "customer.subscription.deleted":
            dunning.notify_canceled(synced=synced, subscription_id=event.object_id, now=now)
        _finish(event, EventStatus.PROCESSED, now)

    return run


def _finish(event: BillingEvent, target: EventStatus, now: datetime, *, error: str = "") -> None:
    moved = BillingEvent.objects.filter(pk=event.pk).move(
        source=EventStatus.PENDING,
        target=target,
        due_at=None,
        finished_at=now,
        error=error[:2000],
        customer_id=event.customer_id,
    )
    if moved:
        logger.info(
            "[STRIPE][EVENT] event=%s type=%s outcome=%s", event.event_id, event.type, target
        )


def _reschedule_or_fail(event: BillingEvent, now: datetime, error: Exception) -> None:
    sentence = f"{type(error).__name__}: {error}"
    if event.attempts >= MAX_ATTEMPTS:
        _finish(event, EventStatus.FAILED, now, error=sentence)
        return
    wait = min(FIRST_RETRY * 2 ** (event.attempts - 1), LONGEST_RETRY)
    BillingEvent.objects.filter(pk=event.pk, status=EventStatus.PENDING).update(
        due_at=now + wait, error=sentence[:2000]
    )


@transaction.atomic
def replay_event(*, event: BillingEvent, by: str, now: datetime) -> bool:
    """Process a finished event again from the start. False when it is already pending."""
    for status in (EventStatus.FAILED, EventStatus.PROCESSED, EventStatus.IGNORED):
        moved = BillingEvent.objects.filter(pk=event.pk).move(
            source=status, target=EventStatus.PENDING, due_at=now, attempts=0, error=""
        )
        if moved:
            record(
                AuditAction.BILLING_EVENT_REPLAYED,
                at=now,
                actor=by,
                customer_id=event.customer_id,
                subject=event,
                change=Change(before={"status": status.value}),
            )
            return True
    return False


def purge_bodies(*, now: datetime) -> int:
    """Delete the bodies of old events, because they name people. The rows stay."""
    return (
        BillingEvent.objects.filter(received_at__lt=now - BODIES_KEPT)
        .exclude(body="")
        .exclude(status=EventStatus.PENDING)
        .update(body="")
    )

"""Stripe's events as rows: stored once, processed until done, replayed on demand."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import F

from accounts.models import Customer
from accounts.services.audit import record
from billing import gateway
from billing.models import BillingEvent, Subscription
from billing.services import checkouts, dunning, payment_links
from billing.states import EventStatus
from billing.stripe_sync import stripe_objects, sync
from hossagent import subsystems

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from billing.stripe_sync.stripe_objects import StripeObject

logger = logging.getLogger("billing.events")

# What we subscribe to; anything else is answered and forgotten.
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

LEASE = timedelta(minutes=3)
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=2)
MAX_ATTEMPTS = 14
BODIES_KEPT = timedelta(days=30)


INSERT = f"""
    INSERT INTO {BillingEvent._meta.db_table}
        (event_id, type, livemode, api_version, happened_at, object_id, stripe_customer_id,
         body, received_at, status, due_at, attempts, error)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 0, '')
    ON CONFLICT (event_id) DO NOTHING
"""  # noqa: S608, SLF001 # our own table's name, by Django's documented way


class NotOurs(Exception):
    """The event is about no customer of this installation."""


def store_event(*, event: StripeObject, body: str, now: datetime) -> None:
    """Keep a verified event, once; one that is here already stays as it is.

    One statement, committed by itself outside a transaction. Written in SQL, which both
    databases read alike: `bulk_create` opens a transaction around it, and the three
    round trips more took half of the webhook's throughput (benchmarks/webhook.py).
    """
    subject = (event.get("data") or {}).get("object") or {}
    happened_at = stripe_objects.to_datetime(event.get("created")) or now
    values = (
        event["id"],
        event["type"],
        event["livemode"],
        event.get("api_version") or "",
        connection.ops.adapt_datetimefield_value(happened_at),
        stripe_objects.id_of(subject),
        stripe_objects.id_of(subject.get("customer")),
        body,
        connection.ops.adapt_datetimefield_value(now),
        EventStatus.PENDING.value,
        connection.ops.adapt_datetimefield_value(now),
    )
    with connection.cursor() as cursor:
        cursor.execute(INSERT, values)


def process_next(*, now: datetime) -> bool:
    """Process one due event; True when there was one, whatever came of it.

    Claiming pushes `due_at` past a lease, so a crashed worker's event comes back by
    itself. A failure keeps its sentence and backs off; after the last attempt the event
    is FAILED, for a person to replay.
    """
    if not subsystems.stripe().is_live:
        # They wait, and cost no attempts.
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
        _process(event, now)
    except NotOurs as reason:
        _finish(event, EventStatus.IGNORED, now, error=str(reason))
    except Exception as error:
        logger.exception("[STRIPE][EVENT_FAILED] event=%s type=%s", event.event_id, event.type)
        _push_back(event, now, error)
    return True


@transaction.atomic
def replay_event(*, event: BillingEvent, by: str, now: datetime) -> bool:
    """Process a finished event again, from scratch; False when it is pending already."""
    for status in (EventStatus.FAILED, EventStatus.PROCESSED, EventStatus.IGNORED):
        moved = BillingEvent.objects.filter(pk=event.pk).move(
            source=status, target=EventStatus.PENDING, due_at=now, attempts=0, error=""
        )
        if moved:
            record(
                at=now,
                actor=by,
                action="billing_event.replay",
                customer_id=event.customer_id,
                subject=event,
                before={"status": status.value},
            )
            return True
    return False


def purge_bodies(*, now: datetime) -> int:
    """Forget the bodies of old events: they name people. The rows stay."""
    return (
        BillingEvent.objects.filter(received_at__lt=now - BODIES_KEPT)
        .exclude(body="")
        .exclude(status=EventStatus.PENDING)
        .update(body="")
    )


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


def _push_back(event: BillingEvent, now: datetime, error: Exception) -> None:
    sentence = f"{type(error).__name__}: {error}"
    if event.attempts >= MAX_ATTEMPTS:
        _finish(event, EventStatus.FAILED, now, error=sentence)
        return
    wait = min(FIRST_RETRY * 2 ** (event.attempts - 1), LONGEST_RETRY)
    BillingEvent.objects.filter(pk=event.pk, status=EventStatus.PENDING).update(
        due_at=now + wait, error=sentence[:2000]
    )


def _process(event: BillingEvent, now: datetime) -> None:
    """Recompute from Stripe's current state; the event is only the reason to look."""
    session = _session_of(event)
    if session and session.get("mode") == "payment":
        _process_payment(event, session, now)
        return
    row = Subscription.objects.filter(
        stripe_customer_id=event.stripe_customer_id or "nobody"
    ).first()
    if row is None:
        raise NotOurs("No customer of ours has this Stripe customer.")
    event.customer_id = row.pk
    if session:
        # Before the event is done: a failure brings it back.
        sync.sync_customer(customer_id=row.pk, now=now)
        checkouts.refuse_second_trial(customer=Customer.objects.get(pk=row.pk), now=now)
    synced = sync.sync_customer(customer_id=row.pk, now=now, and_then=_effects(event, session, now))
    if synced is None:
        raise NotOurs("The customer is no longer linked to Stripe.")


def _session_of(event: BillingEvent) -> StripeObject | None:
    if not event.type.startswith("checkout.session."):
        return None
    return gateway.retrieve_checkout_session(session_id=event.object_id)


def _process_payment(event: BillingEvent, session: StripeObject, now: datetime) -> None:
    invoice = payment_links.invoice_of(session)
    if invoice is None:
        raise NotOurs("The payment names no work summary of ours.")
    event.customer_id = invoice.customer_id
    payment_links.record_payment(
        invoice=invoice,
        session=session,
        now=now,
        and_then=lambda: _finish(event, EventStatus.PROCESSED, now),
    )


def _effects(
    event: BillingEvent, session: StripeObject | None, now: datetime
) -> Callable[[sync.Synced], None]:
    """What else the event means, in the transaction that writes the projection."""

    def run(synced: sync.Synced) -> None:
        if session is not None:
            checkouts.settle(session=session, now=now)
        if event.type == "invoice.payment_failed":
            dunning.mail_payment_failed(synced=synced, invoice_id=event.object_id, now=now)
        if event.type == "customer.subscription.deleted":
            dunning.mail_canceled(synced=synced, subscription_id=event.object_id, now=now)
        _finish(event, EventStatus.PROCESSED, now)

    return run

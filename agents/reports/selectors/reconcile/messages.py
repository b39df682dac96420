"""Whether each email that left was allowed to, left once, and is on its lead."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Count, F, Max

from agents.models import Lead, Message, Suppression
from agents.outreach.selectors.gather import CONTACT_GAP
from agents.reports.selectors.reconcile.checks import (
    CHUNK,
    MAY_HAVE_LEFT,
    LedgerCheck,
    first_keys,
    live_messages_out,
)
from agents.states import MessageStatus
from agents.suppression.selectors import keys_of

if TYPE_CHECKING:
    from datetime import datetime


def check_copies(*, now: datetime) -> LedgerCheck:
    check = LedgerCheck("No lead has, or may have, two copies of a step")
    rows = live_messages_out().filter(status__in=MAY_HAVE_LEFT)
    check.rows_checked = rows.count()
    duplicates = rows.values_list("lead", "step").annotate(Count("pk")).filter(pk__count__gt=1)
    check.broken = [f"lead {lead}, step {step}: {n} rows" for lead, step, n in duplicates]
    return check


def check_message_ids(*, now: datetime) -> LedgerCheck:
    check = LedgerCheck("Every email that may have been sent has its own Message-ID")
    check.rows_checked = live_messages_out().count()
    check.broken = [
        f"message {pk} has none" for pk in first_keys(live_messages_out().filter(message_id=""))
    ]
    duplicates = (
        live_messages_out()
        .exclude(message_id="")
        .values_list("message_id")
        .annotate(Count("pk"))
        .filter(pk__count__gt=1)
    )
    check.broken += [f"{message_id}: {n} rows" for message_id, n in duplicates]
    return check


def check_made_up_leads(*, now: datetime) -> LedgerCheck:
    check = LedgerCheck("Sending of real email to a fictional lead never began")
    check.rows_checked = Lead.objects.filter(is_fictional=True).count()
    check.broken = [
        f"message {pk}" for pk in first_keys(live_messages_out().filter(lead__is_fictional=True))
    ]
    return check


def check_suppressed(*, now: datetime) -> LedgerCheck:
    check = LedgerCheck(
        "Sending never began after the address or domain was on the do-not-contact list"
    )
    listed: dict[str, list[tuple[int | None, datetime]]] = {}
    for row in Suppression.objects.iterator(chunk_size=CHUNK):
        listed.setdefault(row.value_hash, []).append((row.customer_id, row.created_at))
    if not listed:
        return check
    rows = live_messages_out().values_list("pk", "customer_id", "lead__email", "sending_at")
    for pk, customer_id, email, at in rows.iterator(chunk_size=CHUNK):
        check.rows_checked += 1
        for key in keys_of(email):
            for owner, since in listed.get(key, ()):
                if owner in {None, customer_id} and at is not None and at > since:
                    check.broken.append(f"message {pk} sent {at:%Y-%m-%d %H:%M:%S}, listed {since}")
    return check


def check_replied(*, now: datetime) -> LedgerCheck:
    check = LedgerCheck("Sending never began after the lead had replied")
    rows = live_messages_out().filter(lead__replied_at__isnull=False)
    check.rows_checked = rows.count()
    check.broken = [
        f"message {pk}" for pk in first_keys(rows.filter(sending_at__gt=F("lead__replied_at")))
    ]
    return check


def check_contact_gap(*, now: datetime) -> LedgerCheck:
    check = LedgerCheck("No person got email from two customers within 30 days")
    shared = (
        live_messages_out()
        .filter(status__in=MAY_HAVE_LEFT)
        .exclude(lead__email_key="")
        .values("lead__email_key")
        .annotate(senders=Count("customer", distinct=True))
        .filter(senders__gt=1)
        .values_list("lead__email_key", flat=True)
    )
    rows = (
        live_messages_out()
        .filter(lead__email_key__in=list(shared), status__in=MAY_HAVE_LEFT)
        .order_by("lead__email_key", "sending_at")
        .values_list("lead__email_key", "customer_id", "sending_at", "pk")
    )
    before: tuple[str, int, datetime] | None = None
    for email, customer_id, at, pk in rows:
        check.rows_checked += 1
        assert at is not None
        if (
            before
            and before[0] == email
            and before[1] != customer_id
            and at - before[2] < CONTACT_GAP
        ):
            check.broken.append(f"message {pk}")
        before = (email, customer_id, at)
    return check


def check_stuck(*, now: datetime) -> LedgerCheck:
    check = LedgerCheck("No message has been sending, or under a lease, for longer than allowed")
    stuck = Message.objects.filter(
        status__in=[MessageStatus.SENDING, MessageStatus.CLAIMED],
        due_at__lt=now - timedelta(minutes=5),
    )
    check.rows_checked = Message.objects.filter(due_at__isnull=False).count()
    check.broken = [f"message {pk}: the sweeper is not running" for pk in first_keys(stuck)]
    return check


def check_contacted(*, now: datetime) -> LedgerCheck:
    check = LedgerCheck("Every sent email is recorded on its lead as a contact")
    rows = (
        live_messages_out()
        .filter(status=MessageStatus.SENT)
        .values("lead")
        .annotate(last=Max("sending_at"))
        .filter(lead__last_contacted_at=None)
    )
    check.rows_checked = live_messages_out().filter(status=MessageStatus.SENT).count()
    check.broken = [f"lead {row['lead']}" for row in rows[:100]]
    return check

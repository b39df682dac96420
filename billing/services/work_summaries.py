"""Internal work summaries: lines into the one open draft, the month's close, issue, void.

The subscription is what customers pay. A summary becomes payable only when somebody (or
AUTO_ISSUE_INVOICES) issues it and its amount is in range. `payment_links` then makes the
link. Lock order: the customer, then its invoice.
"""

from __future__ import annotations

import logging
from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import F

from accounts.models import Customer
from accounts.services.audit import Change, record
from accounts.states import AuditAction
from billing.models import Invoice, InvoiceLine
from billing.states import InvoiceStatus
from hossagent.lib.calendars import day_bounds, local_day
from hossagent.lib.money import format_cents

if TYPE_CHECKING:
    from datetime import datetime

logger = logging.getLogger("billing.work_summaries")

DECEMBER = 12


class NotIssuable(Exception):
    """The summary cannot be issued. The message says why, and what to do."""


def month_end(*, moment: datetime, zone: str) -> datetime:
    """The first moment of the next calendar month in `zone`, in UTC."""
    day = local_day(moment, zone)
    if day.month == DECEMBER:
        return day_bounds(date(day.year + 1, 1, 1), zone)[0]
    return day_bounds(date(day.year, day.month + 1, 1), zone)[0]


@transaction.atomic
def add_line(
    *, customer: Customer, description: str, amount_cents: int, now: datetime
) -> InvoiceLine:
    """Add one line to the customer's open draft, which is created when there is none.

    A draft whose month is over is closed first, and the line starts a new one. The total
    changes in the same transaction. Concurrent callers wait for the customer's lock.
    """
    Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    draft = _open_draft(customer, now=now)
    line = InvoiceLine.objects.create(
        invoice=draft, description=description[:200], amount_cents=amount_cents, created_at=now
    )
    Invoice.objects.filter(pk=draft.pk).update(total_cents=F("total_cents") + amount_cents)
    return line


def _open_draft(customer: Customer, *, now: datetime) -> Invoice:
    draft = Invoice.objects.filter(
        customer=customer, status=InvoiceStatus.DRAFT, closed_at=None
    ).first()
    if draft is not None and draft.closes_at is not None and draft.closes_at <= now:
        close_draft(invoice=draft, now=now)
        draft = None
    if draft is None:
        draft = Invoice.objects.create(
            customer=customer,
            created_at=now,
            closes_at=month_end(moment=now, zone=customer.timezone),
        )
    return draft


def why_out_of_range(*, total_cents: int) -> str:
    """Why this amount may not be charged; empty when it may."""
    config = settings.CONFIG
    low, high = config.STRIPE_MIN_AMOUNT_CENTS, config.STRIPE_MAX_AMOUNT_CENTS
    if low <= total_cents <= high:
        return ""
    return (
        f"{format_cents(total_cents)} is outside {format_cents(low)} to {format_cents(high)}; "
        "void it, or change STRIPE_MIN_AMOUNT or STRIPE_MAX_AMOUNT."
    )


@transaction.atomic
def guard_amount(*, invoice: Invoice) -> bool:
    """True when the draft's amount is in range. Otherwise the draft says why.

    The warning is logged once, when the draft leaves the range.
    """
    row = Invoice.objects.select_for_update().get(pk=invoice.pk)
    reason = why_out_of_range(total_cents=row.total_cents)
    if row.held_reason != reason:
        Invoice.objects.filter(pk=row.pk).update(held_reason=reason)
        if reason and not row.held_reason:
            _log_out_of_range(row)
    return not reason


def _log_out_of_range(invoice: Invoice) -> None:
    logger.warning(
        "[STRIPE][AMOUNT_OUT_OF_RANGE] invoice_id=%s amount=%s",
        invoice.pk,
        format_cents(invoice.total_cents),
    )


@transaction.atomic
def close_draft(*, invoice: Invoice, now: datetime) -> bool:
    """End the draft's period: it takes no more lines. True for the caller that closed it.

    With AUTO_ISSUE_INVOICES, a draft in range is issued at once. Otherwise it waits for the
    operator as a closed draft.
    """
    closed = Invoice.objects.filter(
        pk=invoice.pk, status=InvoiceStatus.DRAFT, closed_at=None
    ).update(closed_at=now)
    if not closed:
        return False
    if guard_amount(invoice=invoice) and settings.CONFIG.AUTO_ISSUE_INVOICES:
        issue_invoice(invoice=invoice, by="system", now=now)
    return True


@transaction.atomic
def issue_invoice(*, invoice: Invoice, by: str, now: datetime) -> Invoice:
    """DRAFT → OPEN: the customer now sees it and owes it. Returns the fresh row.

    `payment_links` adds the link afterwards, when Stripe is live. Raises `NotIssuable` with
    a sentence when it is not a draft, has no lines, or is out of range.
    """
    row = Invoice.objects.select_for_update().get(pk=invoice.pk)
    if row.status != InvoiceStatus.DRAFT:
        raise NotIssuable(f"This work summary is {row.get_status_display().lower()} already.")
    if not row.lines.exists():
        raise NotIssuable("This work summary has no lines. Wait until work is done.")
    reason = why_out_of_range(total_cents=row.total_cents)
    if reason:
        _log_out_of_range(row)
        raise NotIssuable(f"Not issued: {reason}")
    Invoice.objects.filter(pk=row.pk).move(
        source=InvoiceStatus.DRAFT,
        target=InvoiceStatus.OPEN,
        issued_at=now,
        closed_at=row.closed_at or now,
        held_reason="",
    )
    _record_audit(AuditAction.INVOICE_ISSUED, row, by=by, now=now)
    return Invoice.objects.get(pk=row.pk)


@transaction.atomic
def void_invoice(*, invoice: Invoice, by: str, now: datetime, note: str = "") -> bool:
    """DRAFT or OPEN → VOID. Its tasks stay on its lines and are never billed again.

    False when it is already paid or void. `payment_links` deactivates its link afterwards.
    """
    row = Invoice.objects.select_for_update().get(pk=invoice.pk)
    if row.status not in {InvoiceStatus.DRAFT, InvoiceStatus.OPEN}:
        return False
    Invoice.objects.filter(pk=row.pk).move(
        source=row.status, target=InvoiceStatus.VOID, voided_at=now, payment_url=""
    )
    _record_audit(AuditAction.INVOICE_VOIDED, row, by=by, now=now, note=note)
    return True


def _record_audit(
    action: AuditAction, invoice: Invoice, *, by: str, now: datetime, note: str = ""
) -> None:
    record(
        action,
        at=now,
        actor=by,
        customer_id=invoice.customer_id,
        subject=invoice,
        change=Change(
            before={"status": invoice.status, "total_cents": invoice.total_cents}, note=note
        ),
    )

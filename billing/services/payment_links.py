"""Payment links for issued work summaries, and the payments made through them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from billing import gateway
from billing.models import Invoice
from billing.services.work_summaries import why_out_of_range
from billing.states import InvoiceStatus
from billing.stripe_sync import stripe_objects
from hossagent import subsystems
from hossagent.lib.money import format_cents

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from billing.stripe_sync.stripe_objects import StripeObject

logger = logging.getLogger("billing.payment_links")


def make_payable(*, invoice: Invoice) -> str:
    """Give an issued work summary its payment link. Returns the URL, or an empty string.

    No link is made while Stripe is off, for an amount out of range, or for a summary that
    is not open. A second call returns the same link. Call it outside any transaction, after
    the issue is committed. Raises the gateway's errors: the summary is then issued without
    a link, and the next call makes one.
    """
    invoice.refresh_from_db()
    if invoice.payment_url or invoice.status != InvoiceStatus.OPEN:
        return invoice.payment_url
    if not subsystems.stripe().is_live:
        return ""
    if why_out_of_range(total_cents=invoice.total_cents):
        # The range may have changed since the summary was issued.
        logger.warning(
            "[STRIPE][AMOUNT_OUT_OF_RANGE] invoice_id=%s amount=%s",
            invoice.pk,
            format_cents(invoice.total_cents),
        )
        return ""
    link = gateway.create_payment_link(
        invoice_id=invoice.pk,
        created_at=invoice.created_at,
        amount_cents=invoice.total_cents,
        description=f"Work summary {invoice.pk}",
        success_url=f"{settings.CONFIG.BASE_URL}/portal/",
    )
    stored = Invoice.objects.filter(pk=invoice.pk, status=InvoiceStatus.OPEN).update(
        payment_url=link["url"], payment_link_id=link["id"]
    )
    if not stored:
        # Voided or paid while Stripe was answering.
        gateway.deactivate_payment_link(payment_link_id=str(link["id"]))
        return ""
    invoice.payment_url, invoice.payment_link_id = str(link["url"]), str(link["id"])
    return invoice.payment_url


def _deactivate_link(invoice: Invoice) -> None:
    """Nobody can pay through the summary's link anymore."""
    try:
        gateway.deactivate_payment_link(payment_link_id=invoice.payment_link_id)
    except gateway.StripeRefused as error:
        logger.warning("[STRIPE][LINK_GONE] invoice_id=%s %s", invoice.pk, error)
    Invoice.objects.filter(pk=invoice.pk).update(payment_link_id="")


def link_next(*, now: datetime) -> bool:
    """Give one issued work summary its link, or deactivate the link of a voided one.

    A summary that Stripe refuses is held with the reason, and not tried again. While Stripe
    does not answer nothing changes, and the next round tries again.
    """
    if not subsystems.stripe().is_live:
        return False
    waiting = Invoice.objects.filter(status=InvoiceStatus.OPEN, payment_url="", held_reason="")
    voided = Invoice.objects.filter(status=InvoiceStatus.VOID).exclude(payment_link_id="")
    try:
        for invoice in waiting.order_by("issued_at")[:1]:
            _link_or_hold(invoice)
            return True
        for invoice in voided.order_by("voided_at")[:1]:
            _deactivate_link(invoice)
            return True
    except (gateway.StripeUnavailable, gateway.StripeIsOff) as error:
        logger.warning("[STRIPE][UNAVAILABLE] payment links wait: %s", error)
    return False


def _link_or_hold(invoice: Invoice) -> None:
    try:
        reason = (
            ""
            if make_payable(invoice=invoice)
            else why_out_of_range(total_cents=invoice.total_cents)
        )
    except gateway.StripeRefused as error:
        reason = f"Stripe refused a payment link: {error}"
    if reason:
        Invoice.objects.filter(pk=invoice.pk).update(held_reason=reason[:200])


def get_paid_invoice(*, session: StripeObject) -> Invoice | None:
    """The work summary that a payment session is for, found by the link we stored."""
    metadata = session.get("metadata") or {}
    if metadata.get("hossagent_host") != settings.CONFIG.host:
        return None
    number = str(metadata.get("hossagent_invoice") or "")
    if not number.isdecimal():
        return None
    link = stripe_objects.id_of(session.get("payment_link"))
    found: Invoice | None = Invoice.objects.filter(pk=int(number), payment_link_id=link).first()
    return found if link else None


@transaction.atomic
def record_payment(
    *, invoice: Invoice, session: StripeObject, now: datetime, and_then: Callable[[], None]
) -> bool:
    """Mark the summary PAID when the session, just fetched, says it was paid in full.

    `and_then` runs in the same transaction. True when this call made it paid.
    """
    moved = 0
    if session.get("payment_status") == "paid":
        if session.get("amount_total") == invoice.total_cents and session.get("currency") == "usd":
            moved = Invoice.objects.filter(pk=invoice.pk).move(
                source=InvoiceStatus.OPEN, target=InvoiceStatus.PAID, paid_at=now
            )
        if moved:
            logger.info(
                "[STRIPE][PAID] invoice_id=%s amount=%s",
                invoice.pk,
                format_cents(invoice.total_cents),
            )
        elif not Invoice.objects.filter(pk=invoice.pk, status=InvoiceStatus.PAID).exists():
            logger.error(
                "[STRIPE][PAYMENT_UNEXPECTED] invoice_id=%s status=%s session=%s amount=%s",
                invoice.pk,
                invoice.status,
                session.get("id"),
                session.get("amount_total"),
            )
    and_then()
    return bool(moved)

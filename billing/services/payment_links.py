"""Payment links for issued work summaries, and the payments that come through them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from billing import gateway, shapes
from billing.models import Invoice
from billing.states import InvoiceStatus
from hossagent import subsystems
from hossagent.lib.money import format_cents

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from billing.shapes import StripeObject

logger = logging.getLogger("billing.payment_links")


def amount_is_allowed(*, invoice: Invoice) -> bool:
    """The guard: within STRIPE_MIN_AMOUNT and STRIPE_MAX_AMOUNT. Logs when it is not."""
    config = settings.CONFIG
    if config.STRIPE_MIN_AMOUNT_CENTS <= invoice.total_cents <= config.STRIPE_MAX_AMOUNT_CENTS:
        return True
    logger.warning(
        "[STRIPE][AMOUNT_OUT_OF_RANGE] invoice_id=%s amount=%s",
        invoice.pk,
        format_cents(invoice.total_cents),
    )
    return False


def make_payable(*, invoice: Invoice) -> str:
    """Give an issued work summary its payment link; returns the address, or nothing.

    Nothing happens while Stripe is off, for an amount outside the guard, or for a
    summary that is not open. Asking again returns the same link. Call it outside any
    transaction, after the issue is committed. Raises the gateway's errors: the summary
    is issued then, without a link, and asking again makes one.
    """
    invoice.refresh_from_db()
    if invoice.payment_url or invoice.status != InvoiceStatus.OPEN:
        return invoice.payment_url
    if not subsystems.stripe().is_live or not amount_is_allowed(invoice=invoice):
        return ""
    link = gateway.create_payment_link(
        invoice_id=invoice.pk,
        created_at=invoice.created_at,
        amount_cents=invoice.total_cents,
        description=f"Work summary {invoice.pk}",
        success_url=f"{settings.CONFIG.BASE_URL}/portal/",
    )
    kept = Invoice.objects.filter(pk=invoice.pk, status=InvoiceStatus.OPEN).update(
        payment_url=link["url"], payment_link_id=link["id"]
    )
    if not kept:
        # Voided or paid while Stripe was answering.
        gateway.deactivate_payment_link(payment_link_id=str(link["id"]))
        return ""
    invoice.payment_url, invoice.payment_link_id = str(link["url"]), str(link["id"])
    return invoice.payment_url


def withdraw(*, invoice: Invoice) -> None:
    """Nobody can pay through the summary's link any more; for one that was voided."""
    if invoice.payment_link_id and subsystems.stripe().is_live:
        gateway.deactivate_payment_link(payment_link_id=invoice.payment_link_id)


def invoice_of(session: StripeObject) -> Invoice | None:
    """The work summary that a payment session is for: by its link, which we stored."""
    metadata = session.get("metadata") or {}
    if metadata.get("hossagent_host") != settings.CONFIG.host:
        return None
    number = str(metadata.get("hossagent_invoice") or "")
    if not number.isdecimal():
        return None
    link = shapes.reference(session.get("payment_link"))
    found: Invoice | None = Invoice.objects.filter(pk=int(number), payment_link_id=link).first()
    return found if link else None


@transaction.atomic
def record_payment(
    *, invoice: Invoice, session: StripeObject, now: datetime, and_then: Callable[[], None]
) -> bool:
    """Mark the summary PAID when the session, fetched just now, says so in full.

    `and_then` runs in the same transaction. True when it became paid by this call.
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

"""Billing History: the customer's Stripe invoices and issued work summaries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from billing.models import Invoice
from billing.states import InvoiceStatus, StripeInvoiceStatus
from billing.stripe_sync import mirror, stripe_objects
from hossagent.lib.calendars import format_local_day
from hossagent.lib.money import format_cents

if TYPE_CHECKING:
    from accounts.models import Customer
    from billing.stripe_sync.stripe_objects import StripeObject
    from hossagent.lib.tones import Tone

EMPTY = (
    "Billing is handled via your monthly subscription. "
    "Detailed invoices will appear here once available."
)
SUMMARIES_TITLE = "Internal work summaries, billed through your subscription"

SHOWN = 60


@dataclass(frozen=True, slots=True)
class BillingLine:
    """One invoice. `url` is Stripe's page and `pdf_url` the document; both may be empty."""

    number: str
    date: str
    amount: str
    state: str
    tone: Tone
    url: str
    pdf_url: str


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """One issued work summary. `pay_url` is set only while it can be paid."""

    pk: int
    date: str
    amount: str
    state: str
    tone: Tone
    pay_url: str


@dataclass(frozen=True, slots=True)
class BillingHistory:
    invoices: tuple[BillingLine, ...]
    summaries: tuple[SummaryLine, ...]
    empty: str = EMPTY
    summaries_title: str = SUMMARIES_TITLE


def get_billing_history(*, customer: Customer) -> BillingHistory:
    """The newest invoices from the mirror without drafts, and issued work summaries. At most
    two queries."""
    stripe_id = customer.subscription.stripe_customer_id
    invoices = mirror.list_invoices(stripe_customer_id=stripe_id)[:SHOWN] if stripe_id else []
    issued = Invoice.objects.filter(
        customer=customer, status__in=[InvoiceStatus.OPEN, InvoiceStatus.PAID]
    ).order_by("-issued_at", "-pk")[:SHOWN]
    return BillingHistory(
        invoices=tuple(
            _billing_line(i, customer)
            for i in invoices
            if i.get("status") in StripeInvoiceStatus.values
        ),
        summaries=tuple(_summary_line(row, customer) for row in issued),
    )


def _billing_line(invoice: StripeObject, customer: Customer) -> BillingLine:
    transitions = invoice.get("status_transitions") or {}
    status = StripeInvoiceStatus(invoice["status"])
    at = stripe_objects.to_datetime(transitions.get("finalized_at") or invoice.get("created"))
    return BillingLine(
        number=str(invoice.get("number") or ""),
        date=format_local_day(at, customer.timezone),
        amount=format_cents(int(invoice.get("total") or 0)),
        state=status.label,
        tone=status.tone,
        url=str(invoice.get("hosted_invoice_url") or ""),
        pdf_url=str(invoice.get("invoice_pdf") or ""),
    )


def _summary_line(invoice: Invoice, customer: Customer) -> SummaryLine:
    status = InvoiceStatus(invoice.status)
    return SummaryLine(
        pk=invoice.pk,
        date=format_local_day(invoice.issued_at, customer.timezone),
        amount=format_cents(invoice.total_cents),
        state=status.label,
        tone=status.tone,
        pay_url=invoice.payment_url if status is InvoiceStatus.OPEN else "",
    )

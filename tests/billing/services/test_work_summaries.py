"""Work summaries: lines, the end of the month, issue and void."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from billing.models import Invoice, InvoiceLine
from billing.services import work_summaries
from billing.services.payment_links import link_next
from tests.billing.conftest import issued_summary, pay_summary
from tests.conftest import NOON
from tests.factories import CustomerFactory, InvoiceFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fakes.stripe import FakeStripe

pytestmark = pytest.mark.django_db


def test_december_ends_with_the_customers_year() -> None:
    """The year ends at midnight in the customer's time zone."""
    moment = datetime(2026, 12, 31, 12, tzinfo=UTC)

    assert work_summaries.month_end(moment=moment, zone="America/New_York") == datetime(
        2027, 1, 1, 5, tzinfo=UTC
    )


def test_line_after_the_month_closes_the_draft(
    configure: Callable[..., None],
) -> None:
    """It starts a draft of its own."""
    customer = CustomerFactory.create()
    lines = [
        work_summaries.add_line(
            customer=customer,
            description=name,
            amount_cents=2_500,
            now=NOON + timedelta(days=ahead),
        )
        for name, ahead in (("March", 0), ("March too", 1), ("April", 31))
    ]

    rows = Invoice.objects.order_by("pk")
    assert list(rows.values_list("status", "total_cents", "closed_at")) == [
        ("draft", 5_000, NOON + timedelta(days=31)),
        ("draft", 2_500, None),
    ]
    assert [line.invoice_id for line in lines] == [rows[0].pk, rows[0].pk, rows[1].pk]
    assert work_summaries.close_draft(invoice=rows[0], now=NOON) is False


@pytest.mark.parametrize(
    ("automatic", "cents", "status"),
    [(True, 2_500, "open"), (True, 10_000_000, "draft"), (False, 2_500, "draft")],
)
def test_closed_draft_is_issued_if_automatic_and_in_range(
    configure: Callable[..., None], *, automatic: bool, cents: int, status: str
) -> None:
    configure(AUTO_ISSUE_INVOICES=automatic)
    line = work_summaries.add_line(
        customer=CustomerFactory.create(), description="Snapshot", amount_cents=cents, now=NOON
    )

    assert work_summaries.close_draft(invoice=line.invoice, now=NOON) is True
    assert Invoice.objects.get().status == status


def test_leaving_the_range_is_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Coming back into the range clears the reason."""
    customer = CustomerFactory.create()

    def add(cents: int) -> bool:
        line = work_summaries.add_line(
            customer=customer, description="Snapshot", amount_cents=cents, now=NOON
        )
        return work_summaries.guard_amount(invoice=line.invoice)

    assert [add(10_000_000), add(100)] == [False, False]
    assert caplog.text.count("[STRIPE][AMOUNT_OUT_OF_RANGE]") == 1
    Invoice.objects.update(total_cents=2_400)
    assert add(100) is True
    assert Invoice.objects.get().held_reason == ""
    assert work_summaries.guard_amount(invoice=Invoice.objects.get()) is True


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        ("open", "This work summary is open already."),
        ("empty", "This work summary has no lines. Wait until work is done."),
        ("huge", "Not issued: $100,000.00 is outside"),
    ],
)
def test_what_cannot_be_issued_says_why(status: str, sentence: str) -> None:
    invoice = (
        issued_summary() if status == "open" else InvoiceFactory.create(total_cents=10_000_000)
    )
    if status == "huge":
        InvoiceLine.objects.create(
            invoice=invoice, description="x", amount_cents=10_000_000, created_at=NOON
        )

    with pytest.raises(work_summaries.NotIssuable) as refused:
        work_summaries.issue_invoice(invoice=invoice, by="hoss@x.test", now=NOON)

    assert str(refused.value).startswith(sentence)


def test_a_paid_summary_is_not_voided(fake_stripe: FakeStripe) -> None:
    invoice = issued_summary()
    link_next(now=NOON)
    invoice.refresh_from_db()
    pay_summary(fake_stripe, invoice)

    assert work_summaries.void_invoice(invoice=invoice, by="hoss@x.test", now=NOON) is False
    invoice.refresh_from_db()
    assert invoice.status == "paid"

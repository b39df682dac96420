"""Issued work summaries: their payment links, and the payments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from billing.dev.world import ApiError
from billing.models import BillingEvent, Invoice, InvoiceLine
from billing.selectors import get_billing_history
from billing.services import payment_links, work_summaries
from billing.services.payment_links import link_next
from billing.stripe_sync import store
from tests.billing.conftest import process_all, receive
from tests.conftest import NOON
from tests.factories import CustomerFactory, InvoiceFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.billing.conftest import Buyer
    from tests.fakes.stripe import FakeStripe

pytestmark = pytest.mark.django_db


def issued(cents: int = 12_345) -> Invoice:
    customer = CustomerFactory.create()
    line = work_summaries.add_line(
        customer=customer, description="Market snapshot", amount_cents=cents, now=NOON
    )
    return work_summaries.issue_invoice(invoice=line.invoice, by="hoss@x.test", now=NOON)


def pay(fake: FakeStripe, invoice: Invoice, **changes: Any) -> None:
    session = fake.world.open_payment_link(invoice.payment_link_id)
    fake.world.complete_checkout(session["id"])
    session.update(changes)
    receive(fake, fake.take_events())
    process_all(fake)
    invoice.refresh_from_db()


def test_an_issued_summary_gets_one_link_and_is_paid_through_it(
    fake_stripe: FakeStripe, caplog: pytest.LogCaptureFixture
) -> None:
    invoice = issued()

    assert [link_next(now=NOON), link_next(now=NOON)] == [True, False]
    invoice.refresh_from_db()
    assert invoice.payment_url.startswith("http://stand-in.test/pay/")
    assert payment_links.make_payable(invoice=invoice) == invoice.payment_url
    pay(fake_stripe, invoice)

    assert (invoice.status, invoice.paid_at) == ("paid", NOON)
    assert f"[STRIPE][PAID] invoice_id={invoice.pk} amount=$123.45" in caplog.text
    assert BillingEvent.objects.get().customer == invoice.customer


def test_a_payment_told_twice_is_recorded_once(
    fake_stripe: FakeStripe, caplog: pytest.LogCaptureFixture
) -> None:
    invoice = issued()
    link_next(now=NOON)
    invoice.refresh_from_db()
    pay(fake_stripe, invoice)
    event = BillingEvent.objects.get()
    BillingEvent.objects.update(status="pending", due_at=NOON)

    process_all(fake_stripe)

    event.refresh_from_db()
    assert event.status == "processed"
    assert caplog.text.count("[STRIPE][PAID]") == 1


@pytest.mark.parametrize(
    "changes",
    [{"amount_total": 1}, {"currency": "eur"}, {"payment_status": "unpaid"}],
)
def test_what_is_not_the_full_payment_does_not_pay(
    fake_stripe: FakeStripe, changes: dict[str, Any]
) -> None:
    invoice = issued()
    link_next(now=NOON)
    invoice.refresh_from_db()

    pay(fake_stripe, invoice, **changes)

    assert invoice.status == "open"
    assert BillingEvent.objects.get().status == "processed"


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"hossagent_host": "127.0.0.1", "hossagent_invoice": "x"},
        {"hossagent_host": "127.0.0.1", "hossagent_invoice": "999"},
        {"hossagent_host": "other.test", "hossagent_invoice": "1"},
    ],
)
def test_a_payment_for_something_else_is_ignored(
    fake_stripe: FakeStripe, metadata: dict[str, str]
) -> None:
    invoice = issued()
    link_next(now=NOON)
    invoice.refresh_from_db()

    pay(fake_stripe, invoice, metadata=metadata)

    assert invoice.status == "open"
    assert BillingEvent.objects.get().status == "ignored"


def test_a_voided_summary_loses_its_link(fake_stripe: FakeStripe) -> None:
    invoice = issued()
    link_next(now=NOON)
    work_summaries.void_invoice(invoice=invoice, by="hoss@x.test", now=NOON)

    assert [link_next(now=NOON), link_next(now=NOON)] == [True, False]
    assert fake_stripe.world.all("payment_link")[0]["active"] is False


def test_a_summary_voided_while_stripe_answered_keeps_no_link(fake_stripe: FakeStripe) -> None:
    invoice = issued()

    def void(call: Any) -> None:
        fake_stripe.api.before_answer = None
        work_summaries.void_invoice(invoice=invoice, by="hoss@x.test", now=NOON)

    fake_stripe.api.before_answer = void

    assert payment_links.make_payable(invoice=invoice) == ""
    assert fake_stripe.world.all("payment_link")[0]["active"] is False


def test_a_payment_of_a_voided_summary_is_shouted_about(
    fake_stripe: FakeStripe, caplog: pytest.LogCaptureFixture
) -> None:
    invoice = issued()
    link_next(now=NOON)
    invoice.refresh_from_db()
    session = fake_stripe.world.open_payment_link(invoice.payment_link_id)
    work_summaries.void_invoice(invoice=invoice, by="hoss@x.test", now=NOON)
    fake_stripe.world.complete_checkout(session["id"])

    receive(fake_stripe, fake_stripe.take_events())
    process_all(fake_stripe)

    assert "[STRIPE][PAYMENT_UNEXPECTED]" in caplog.text


def test_the_guard_holds_when_the_range_was_narrowed_after_issuing(
    fake_stripe: FakeStripe, configure: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    invoice = issued()
    configure(STRIPE_MAX_AMOUNT=10_000)

    assert [link_next(now=NOON), link_next(now=NOON)] == [True, False]
    invoice.refresh_from_db()
    assert invoice.payment_url == ""
    assert "outside" in invoice.held_reason
    assert f"[STRIPE][AMOUNT_OUT_OF_RANGE] invoice_id={invoice.pk}" in caplog.text


def test_an_outage_is_waited_out(fake_stripe: FakeStripe) -> None:
    invoice = issued()
    fake_stripe.api.is_down = True
    assert link_next(now=NOON) is False

    fake_stripe.api.is_down = False

    assert link_next(now=NOON) is True
    invoice.refresh_from_db()
    assert invoice.payment_url


def test_off_makes_no_links(configure: Callable[..., None]) -> None:
    configure(ENABLE_STRIPE=False)
    invoice = issued()

    assert link_next(now=NOON) is False
    assert payment_links.make_payable(invoice=invoice) == ""


# --- Billing History -----------------------------------------------------------------


def test_a_trialist_reads_that_invoices_will_come() -> None:
    history = get_billing_history(customer=CustomerFactory.create())

    assert (history.invoices, history.summaries) == ((), ())
    assert history.empty.startswith("Billing is handled via your monthly subscription.")


@pytest.mark.parametrize("shape", ["new", "old"], indirect=True)
def test_invoices_are_listed_newest_first_without_drafts(
    payer: Buyer, fake_stripe: FakeStripe, django_assert_num_queries: Any
) -> None:
    fake_stripe.later(days=30)
    fake_stripe.world.next_period(payer.subscription_id)
    fake_stripe.world.add(
        "invoice", "in", {**fake_stripe.world.all("invoice")[0], "id": "in_d", "status": "draft"}
    )
    receive(fake_stripe, fake_stripe.take_events())
    process_all(fake_stripe)
    customer = payer.row.customer
    assert customer.subscription.pk

    with django_assert_num_queries(2):
        history = get_billing_history(customer=customer)

    assert [(i.number, i.date, i.amount, i.state) for i in history.invoices] == [
        ("HOSS-0002", "April 3, 2026", "$99.00", "Paid"),
        ("HOSS-0001", "March 4, 2026", "$99.00", "Paid"),
    ]
    assert history.invoices[0].url.startswith("http://stand-in.test/invoices/")


def test_summaries_are_payable_only_while_open(fake_stripe: FakeStripe) -> None:
    invoice = issued()
    link_next(now=NOON)
    draft = work_summaries.add_line(
        customer=invoice.customer, description="later", amount_cents=500, now=NOON
    ).invoice
    invoice.refresh_from_db()

    (before,) = get_billing_history(customer=invoice.customer).summaries
    pay(fake_stripe, invoice)
    (after,) = get_billing_history(customer=invoice.customer).summaries

    assert (before.pk, before.amount, before.pay_url) == (
        invoice.pk,
        "$123.45",
        invoice.payment_url,
    )
    assert (after.state, after.pay_url) == ("Paid", "")
    assert draft.pk != invoice.pk


def test_a_link_that_stripe_refuses_is_held_with_its_reason(fake_stripe: FakeStripe) -> None:
    invoice = issued()
    fake_stripe.api.errors["/v1/payment_links"] = ApiError("Amount too small.")

    assert [link_next(now=NOON), link_next(now=NOON)] == [True, False]

    invoice.refresh_from_db()
    assert invoice.held_reason == "Stripe refused a payment link: Request req_1: Amount too small."
    assert (invoice.status, invoice.payment_url) == ("open", "")


def test_a_voided_summary_whose_link_is_gone_at_stripe_is_done_with(
    fake_stripe: FakeStripe, caplog: pytest.LogCaptureFixture
) -> None:
    invoice = issued()
    link_next(now=NOON)
    invoice.refresh_from_db()
    del fake_stripe.world.objects[invoice.payment_link_id]
    work_summaries.void_invoice(invoice=invoice, by="hoss@x.test", now=NOON)

    assert [link_next(now=NOON), link_next(now=NOON)] == [True, False]

    invoice.refresh_from_db()
    assert invoice.payment_link_id == ""
    assert (
        f"[STRIPE][LINK_GONE] invoice_id={invoice.pk} Request req_2: No such payment_link"
        in caplog.text
    )


def test_a_summary_that_is_not_open_gets_no_link(fake_stripe: FakeStripe) -> None:
    line = work_summaries.add_line(
        customer=CustomerFactory.create(), description="later", amount_cents=500, now=NOON
    )

    assert payment_links.make_payable(invoice=line.invoice) == ""
    assert fake_stripe.calls == []


# --- The month and its end -----------------------------------------------------------


def test_the_year_s_last_month_ends_with_the_year_where_the_customer_lives() -> None:
    moment = datetime(2026, 12, 31, 12, tzinfo=UTC)

    assert work_summaries.month_end(moment=moment, zone="America/New_York") == datetime(
        2027, 1, 1, 5, tzinfo=UTC
    )


def test_a_line_after_the_month_closes_the_draft_and_begins_another(
    configure: Callable[..., None],
) -> None:
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
def test_a_closed_draft_is_issued_only_when_that_is_wished_and_in_range(
    configure: Callable[..., None], *, automatic: bool, cents: int, status: str
) -> None:
    configure(AUTO_ISSUE_INVOICES=automatic)
    line = work_summaries.add_line(
        customer=CustomerFactory.create(), description="Snapshot", amount_cents=cents, now=NOON
    )

    assert work_summaries.close_draft(invoice=line.invoice, now=NOON) is True
    assert Invoice.objects.get().status == status


def test_leaving_the_range_is_logged_once_and_coming_back_clears_the_reason(
    caplog: pytest.LogCaptureFixture,
) -> None:
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
    invoice = issued() if status == "open" else InvoiceFactory.create(total_cents=10_000_000)
    if status == "huge":
        InvoiceLine.objects.create(
            invoice=invoice, description="x", amount_cents=10_000_000, created_at=NOON
        )

    with pytest.raises(work_summaries.NotIssuable) as refused:
        work_summaries.issue_invoice(invoice=invoice, by="hoss@x.test", now=NOON)

    assert str(refused.value).startswith(sentence)


def test_a_paid_summary_is_not_voided(fake_stripe: FakeStripe) -> None:
    invoice = issued()
    link_next(now=NOON)
    invoice.refresh_from_db()
    pay(fake_stripe, invoice)

    assert work_summaries.void_invoice(invoice=invoice, by="hoss@x.test", now=NOON) is False
    invoice.refresh_from_db()
    assert invoice.status == "paid"


def test_an_invoice_without_a_date_is_listed_without_one(payer: Buyer) -> None:
    store.store_customer_objects(
        customer_id=payer.customer.pk,
        stripe_customer_id=payer.stripe_id,
        subscriptions=[],
        invoices=[{"id": "in_x", "customer": payer.stripe_id, "status": "open", "total": 100}],
    )

    (line,) = get_billing_history(customer=payer.row.customer).invoices

    assert (line.date, line.amount, line.number, line.url) == ("", "$1.00", "", "")

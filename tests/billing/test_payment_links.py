"""Issued work summaries: their payment links, and the payments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from billing.models import BillingEvent, Invoice
from billing.selectors import get_billing_history
from billing.services import payment_links, work_summaries
from billing.services.payment_links import link_next
from tests.billing.conftest import process_all, receive
from tests.conftest import NOON
from tests.factories import CustomerFactory

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

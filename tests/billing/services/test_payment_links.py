"""Payment links of issued work summaries, and the payments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from billing.dev.objects import ApiError
from billing.models import BillingEvent
from billing.services import payment_links, work_summaries
from billing.services.payment_links import link_next
from tests.billing.conftest import issued_summary, pay_summary, process_all, receive
from tests.conftest import NOON
from tests.factories import CustomerFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fakes.stripe import FakeStripe

pytestmark = pytest.mark.django_db


def test_an_issued_summary_gets_one_link_and_is_paid_through_it(
    fake_stripe: FakeStripe, caplog: pytest.LogCaptureFixture
) -> None:
    invoice = issued_summary()

    assert [link_next(now=NOON), link_next(now=NOON)] == [True, False]
    invoice.refresh_from_db()
    assert invoice.payment_url.startswith("http://stand-in.test/pay/")
    assert payment_links.make_payable(invoice=invoice) == invoice.payment_url
    pay_summary(fake_stripe, invoice)

    assert (invoice.status, invoice.paid_at) == ("paid", NOON)
    assert f"[STRIPE][PAID] invoice_id={invoice.pk} amount=$123.45" in caplog.text
    assert BillingEvent.objects.get().customer == invoice.customer


def test_a_payment_told_twice_is_recorded_once(
    fake_stripe: FakeStripe, caplog: pytest.LogCaptureFixture
) -> None:
    invoice = issued_summary()
    link_next(now=NOON)
    invoice.refresh_from_db()
    pay_summary(fake_stripe, invoice)
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
    invoice = issued_summary()
    link_next(now=NOON)
    invoice.refresh_from_db()

    pay_summary(fake_stripe, invoice, **changes)

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
    invoice = issued_summary()
    link_next(now=NOON)
    invoice.refresh_from_db()

    pay_summary(fake_stripe, invoice, metadata=metadata)

    assert invoice.status == "open"
    assert BillingEvent.objects.get().status == "ignored"


def test_a_voided_summary_loses_its_link(fake_stripe: FakeStripe) -> None:
    invoice = issued_summary()
    link_next(now=NOON)
    work_summaries.void_invoice(invoice=invoice, by="hoss@x.test", now=NOON)

    assert [link_next(now=NOON), link_next(now=NOON)] == [True, False]
    assert fake_stripe.world.all("payment_link")[0]["active"] is False


def test_a_summary_voided_while_stripe_answered_keeps_no_link(fake_stripe: FakeStripe) -> None:
    invoice = issued_summary()

    def void(call: Any) -> None:
        fake_stripe.api.before_answer = None
        work_summaries.void_invoice(invoice=invoice, by="hoss@x.test", now=NOON)

    fake_stripe.api.before_answer = void

    assert payment_links.make_payable(invoice=invoice) == ""
    assert fake_stripe.world.all("payment_link")[0]["active"] is False


def test_a_payment_of_a_voided_summary_is_shouted_about(
    fake_stripe: FakeStripe, caplog: pytest.LogCaptureFixture
) -> None:
    invoice = issued_summary()
    link_next(now=NOON)
    invoice.refresh_from_db()
    session = fake_stripe.world.open_payment_link(invoice.payment_link_id)
    work_summaries.void_invoice(invoice=invoice, by="hoss@x.test", now=NOON)
    fake_stripe.world.complete_checkout(session["id"])

    receive(fake_stripe, fake_stripe.take_events())
    process_all(fake_stripe)

    assert "[STRIPE][PAYMENT_UNEXPECTED]" in caplog.text


def test_range_narrowed_after_issuing_holds_the_link(
    fake_stripe: FakeStripe, configure: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    invoice = issued_summary()
    configure(STRIPE_MAX_AMOUNT=10_000)

    assert [link_next(now=NOON), link_next(now=NOON)] == [True, False]
    invoice.refresh_from_db()
    assert invoice.payment_url == ""
    assert "outside" in invoice.held_reason
    assert f"[STRIPE][AMOUNT_OUT_OF_RANGE] invoice_id={invoice.pk}" in caplog.text


def test_an_outage_is_waited_out(fake_stripe: FakeStripe) -> None:
    invoice = issued_summary()
    fake_stripe.api.is_down = True
    assert link_next(now=NOON) is False

    fake_stripe.api.is_down = False

    assert link_next(now=NOON) is True
    invoice.refresh_from_db()
    assert invoice.payment_url


def test_off_makes_no_links(configure: Callable[..., None]) -> None:
    configure(ENABLE_STRIPE=False)
    invoice = issued_summary()

    assert link_next(now=NOON) is False
    assert payment_links.make_payable(invoice=invoice) == ""


def test_a_link_that_stripe_refuses_is_held_with_its_reason(fake_stripe: FakeStripe) -> None:
    invoice = issued_summary()
    fake_stripe.api.errors["/v1/payment_links"] = ApiError("Amount too small.")

    assert [link_next(now=NOON), link_next(now=NOON)] == [True, False]

    invoice.refresh_from_db()
    assert invoice.held_reason == "Stripe refused a payment link: Request req_1: Amount too small."
    assert (invoice.status, invoice.payment_url) == ("open", "")


def test_voided_summary_whose_link_is_gone_is_finished(
    fake_stripe: FakeStripe, caplog: pytest.LogCaptureFixture
) -> None:
    """Stripe no longer knows the link, which is logged."""
    invoice = issued_summary()
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

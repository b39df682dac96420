"""What the customer sees under Billing History."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from billing.selectors import get_billing_history
from billing.services import work_summaries
from billing.services.payment_links import link_next
from billing.stripe_sync import store
from tests.billing.conftest import issued_summary, pay_summary, process_all, receive
from tests.conftest import NOON
from tests.factories import CustomerFactory

if TYPE_CHECKING:
    from tests.billing.conftest import Buyer
    from tests.fakes.stripe import FakeStripe

pytestmark = pytest.mark.django_db


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
    invoice = issued_summary()
    link_next(now=NOON)
    draft = work_summaries.add_line(
        customer=invoice.customer, description="later", amount_cents=500, now=NOON
    ).invoice
    invoice.refresh_from_db()

    (before,) = get_billing_history(customer=invoice.customer).summaries
    pay_summary(fake_stripe, invoice)
    (after,) = get_billing_history(customer=invoice.customer).summaries

    assert (before.pk, before.amount, before.pay_url) == (
        invoice.pk,
        "$123.45",
        invoice.payment_url,
    )
    assert (after.state, after.pay_url) == ("Paid", "")
    assert draft.pk != invoice.pk


def test_an_invoice_without_a_date_is_listed_without_one(payer: Buyer) -> None:
    store.store_customer_objects(
        customer_id=payer.customer.pk,
        stripe_customer_id=payer.stripe_id,
        subscriptions=[],
        invoices=[{"id": "in_x", "customer": payer.stripe_id, "status": "open", "total": 100}],
    )

    (line,) = get_billing_history(customer=payer.row.customer).invoices

    assert (line.date, line.amount, line.number, line.url) == ("", "$1.00", "", "")

"""Billing: the plan, the history, and never a draft, a reward, a cost or a profit."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.models import Membership
from billing.models import InvoiceLine
from billing.states import InvoiceStatus
from tests.conftest import NOON
from tests.factories import InvoiceFactory
from tests.helpers.clients import SiteClient

pytestmark = pytest.mark.django_db


def test_without_invoices_the_page_says_how_billing_works(
    client: SiteClient, member: Membership
) -> None:
    page = client.get(reverse("portal:billing")).content.decode()

    assert (
        "Billing is handled via your monthly subscription. "
        "Detailed invoices will appear here once available." in page
    )
    assert "PAY NOW" not in page


def test_drafts_stay_inside(client: SiteClient, member: Membership) -> None:
    draft = InvoiceFactory.create(customer=member.customer, total_cents=123_456)
    InvoiceLine.objects.create(
        invoice=draft, description="Market snapshot", amount_cents=123_456, created_at=NOON
    )

    page = client.get(reverse("portal:billing")).content.decode()

    assert "1,234.56" not in page
    assert "work summaries" not in page


def test_an_issued_summary_can_be_paid_and_a_paid_one_cannot(
    client: SiteClient, member: Membership
) -> None:
    for status, paid_at in ((InvoiceStatus.OPEN, None), (InvoiceStatus.PAID, NOON)):
        InvoiceFactory.create(
            customer=member.customer,
            status=status,
            total_cents=5_000,
            issued_at=NOON,
            paid_at=paid_at,
            payment_url="https://pay.stripe.test/1",
        )
    InvoiceFactory.create(
        status=InvoiceStatus.OPEN, issued_at=NOON, payment_url="https://pay.stripe.test/stranger"
    )

    page = client.get(reverse("portal:billing")).content.decode()

    assert "Internal work summaries, billed through your subscription" in page
    assert page.count("PAY NOW") == 1
    assert "stranger" not in page

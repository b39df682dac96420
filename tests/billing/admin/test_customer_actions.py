"""The operator's buttons for a customer's subscription, each with its audit row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from accounts.models import AuditEvent, User

if TYPE_CHECKING:
    from tests.billing.conftest import Buyer
    from tests.fakes.stripe import FakeStripe
    from tests.helpers.clients import SiteClient

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]


def press(client: SiteClient, buyer: Buyer, slug: str) -> str:
    url = reverse("admin:customer_action", args=[buyer.customer.pk, slug])
    return client.post(url, {"confirmed": "1"}, follow=True).content.decode()


def test_cancel_keeps_access_to_the_end_of_the_period(
    operator_client: SiteClient, settled_payer: Buyer
) -> None:
    page = press(operator_client, settled_payer, "cancel")

    row = settled_payer.row
    assert "keeps access until the end of the period" in page
    assert (row.status, row.cancel_at) == ("active", row.current_period_end)
    assert AuditEvent.objects.filter(actor="hoss@hossagent.test").count() == 1


def test_cancel_at_once_ends_it(operator_client: SiteClient, settled_payer: Buyer) -> None:
    page = press(operator_client, settled_payer, "cancel-now")

    assert "has ended" in page
    assert settled_payer.row.status == "canceled"


def test_what_cannot_be_done_is_said_and_changes_nothing(
    operator_client: SiteClient, settled_payer: Buyer
) -> None:
    page = press(operator_client, settled_payer, "upgrade")

    assert "This customer has no running trial with a card on file in Stripe." in page
    assert settled_payer.row.status == "active"


def test_money_asks_for_its_own_permission(
    operator_client: SiteClient, settled_payer: Buyer
) -> None:
    User.objects.filter(is_staff=True).update(is_superuser=False)

    answer = operator_client.post(
        reverse("admin:customer_action", args=[settled_payer.customer.pk, "cancel-now"]),
        {"confirmed": "1"},
    )

    assert answer.status_code == 403
    assert settled_payer.row.status == "active"


def test_manage_billing_leads_to_the_customer_at_stripe(
    operator_client: SiteClient, settled_payer: Buyer
) -> None:
    url = reverse("admin:customer_action", args=[settled_payer.customer.pk, "manage-billing"])

    answer = operator_client.post(url)

    assert answer.status_code == 302
    assert settled_payer.stripe_id in answer.headers["Location"]


def test_an_upgrade_charges_the_card_on_file(operator_client: SiteClient, trialist: Buyer) -> None:
    page = press(operator_client, trialist, "upgrade")

    assert "has ended. The card on file was charged." in page
    assert trialist.row.status == "active"


def test_upgrade_that_the_bank_declines_is_no_success(
    operator_client: SiteClient, trialist: Buyer, fake_stripe: FakeStripe
) -> None:
    fake_stripe.world.declined.add(trialist.stripe_id)

    page = press(operator_client, trialist, "upgrade")

    assert "The trial has ended, and the card on file was declined." in page
    assert "was charged" not in page
    assert trialist.row.status == "past_due"
    assert AuditEvent.objects.get().after["status"] == "past_due"


def test_nothing_live_is_said(
    operator_client: SiteClient, settled_payer: Buyer, fake_stripe: FakeStripe
) -> None:
    fake_stripe.world.end(settled_payer.subscription_id)

    page = press(operator_client, settled_payer, "cancel")

    assert (
        "This customer has no live subscription in Stripe, so there is nothing to cancel." in page
    )


def test_an_outage_is_said(
    operator_client: SiteClient, settled_payer: Buyer, fake_stripe: FakeStripe
) -> None:
    fake_stripe.api.is_down = True

    page = press(operator_client, settled_payer, "cancel")

    assert "Stripe could not be reached" in page
    assert settled_payer.row.cancel_at is None


def test_complimentary_is_granted_and_taken_back_once_each(
    operator_client: SiteClient, settled_payer: Buyer
) -> None:
    seen = []
    for slug in ("grant-complimentary",) * 2 + ("revoke-complimentary",) * 2:
        press(operator_client, settled_payer, slug)
        seen.append(settled_payer.row.is_complimentary)

    assert seen == [True, True, False, False]
    assert list(AuditEvent.objects.order_by("pk").values_list("action", flat=True)) == [
        "complimentary.granted",
        "complimentary.revoked",
    ]

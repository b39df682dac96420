"""What the operator does to subscriptions: buttons, diagnostics, replay; against Stripe's
stand-in, with an audit row for each deed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import reverse

from accounts.models import AuditEvent, User
from billing.models import BillingEvent
from billing.services import events
from tests.billing.conftest import process_all, receive

if TYPE_CHECKING:
    from tests.billing.conftest import Buyer
    from tests.clients import SiteClient
    from tests.fakes.stripe import FakeStripe

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]


def press(client: SiteClient, buyer: Buyer, slug: str) -> str:
    url = reverse("admin:customer_action", args=[buyer.customer.pk, slug])
    return client.post(url, {"confirmed": "1"}, follow=True).content.decode()


@pytest.fixture
def settled(payer: Buyer, fake_stripe: FakeStripe) -> Buyer:
    """A paying customer whose events have all been processed."""
    receive(fake_stripe, fake_stripe.take_events())
    process_all(fake_stripe)
    assert payer.row.status == "active"
    return payer


def test_cancel_keeps_access_to_the_end_of_the_period(
    operator_client: SiteClient, settled: Buyer
) -> None:
    page = press(operator_client, settled, "cancel")

    row = settled.row
    assert "keeps access to the end of the period" in page
    assert (row.status, row.cancel_at) == ("active", row.current_period_end)
    assert AuditEvent.objects.filter(actor="hoss@hossagent.test").count() == 1


def test_cancel_at_once_ends_it(operator_client: SiteClient, settled: Buyer) -> None:
    page = press(operator_client, settled, "cancel-now")

    assert "has ended" in page
    assert settled.row.status == "canceled"


def test_what_cannot_be_done_is_said_and_changes_nothing(
    operator_client: SiteClient, settled: Buyer
) -> None:
    page = press(operator_client, settled, "upgrade")

    assert "No trial with a card on file is running at Stripe." in page
    assert settled.row.status == "active"


def test_money_asks_for_its_own_permission(operator_client: SiteClient, settled: Buyer) -> None:
    User.objects.filter(is_staff=True).update(is_superuser=False)

    answer = operator_client.post(
        reverse("admin:customer_action", args=[settled.customer.pk, "cancel-now"]),
        {"confirmed": "1"},
    )

    assert answer.status_code == 403
    assert settled.row.status == "active"


def test_manage_billing_leads_to_the_customer_at_stripe(
    operator_client: SiteClient, settled: Buyer
) -> None:
    url = reverse("admin:customer_action", args=[settled.customer.pk, "manage-billing"])

    answer = operator_client.post(url)

    assert answer.status_code == 302
    assert settled.stripe_id in answer.headers["Location"]


def test_a_failed_event_is_replayed_from_the_list(
    operator_client: SiteClient, settled: Buyer, fake_stripe: FakeStripe
) -> None:
    event = BillingEvent.objects.exclude(status="ignored").earliest("pk")

    page = operator_client.post(
        "/admin/billing/billingevent/",
        {"action": "replay", "_selected_action": [event.pk]},
        follow=True,
    ).content.decode()

    event.refresh_from_db()
    assert "1 events are processed again within seconds." in page
    assert event.status == "pending"
    assert event.due_at is not None
    events.process_next(now=event.due_at)
    event.refresh_from_db()
    assert event.status == "processed"


def test_the_diagnostics_button_answers_with_stripe_on(
    operator_client: SiteClient, fake_stripe: FakeStripe
) -> None:
    answer = operator_client.post(reverse("admin:stripe_diagnostics"))

    assert answer.status_code == 200
    assert len(answer.context["checks"]) > 0


def test_the_diagnostics_button_answers_with_stripe_off(operator_client: SiteClient) -> None:
    answer = operator_client.post(reverse("admin:stripe_diagnostics"))

    assert answer.status_code == 200
    assert "ENABLE_STRIPE" in answer.content.decode()

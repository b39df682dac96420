"""What the operator does to subscriptions: buttons, diagnostics, replay; against Stripe's
stand-in, with an audit row for each deed."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.urls import reverse

from accounts.models import AuditEvent, User
from billing.models import BillingEvent, Checkout, Drift, Invoice, TrialIdentity
from billing.services import events, work_summaries
from tests.billing.conftest import process_all, receive
from tests.conftest import NOON
from tests.factories import CustomerFactory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.billing.conftest import Buyer
    from tests.fakes.stripe import FakeStripe
    from tests.helpers.clients import SiteClient

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


# --- Lists ---------------------------------------------------------------------------


def cells(client: SiteClient, model: str) -> list[str]:
    """The texts of the list's one row."""
    page = client.get(f"/admin/billing/{model}/").content.decode()
    row = page.partition("<tbody>")[2].partition("</tbody>")[0]
    found = re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, flags=re.DOTALL)
    return [re.sub(r"<[^>]+>", "", one).strip() for one in found]


@pytest.fixture
def at_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.mark.usefixtures("at_noon")
def test_lists_show_state_and_reason_and_age(
    operator_client: SiteClient, settled: Buyer, fake_stripe: FakeStripe
) -> None:
    customer, hour_ago = settled.customer, NOON - timedelta(hours=1)
    Checkout.objects.update(created_at=hour_ago)
    Drift.objects.create(
        customer=customer,
        found_at=hour_ago,
        differences={
            "status": {"ours": "active", "stripe": "canceled"},
            "cancel_at": {"ours": "", "stripe": ""},
        },
        is_repaired=True,
    )
    TrialIdentity.objects.create(
        customer=customer,
        outcome="no_trial",
        score=130,
        signals=[
            {"signal": "company_domain", "weight": 70, "matches": 1},
            {"signal": "card", "weight": 100, "matches": 2},
        ],
        mailbox_hash="a",
        decided_at=hour_ago,
    )
    BillingEvent.objects.exclude(type="invoice.paid").delete()
    BillingEvent.objects.update(received_at=hour_ago, error="Timed out: " + "x" * 200)
    event = BillingEvent.objects.get()
    session = Checkout.objects.get().stripe_session_id

    hour = "1\N{NO-BREAK SPACE}hour"
    shown = {
        model: cells(operator_client, model)
        for model in ("subscription", "checkout", "drift", "trialidentity", "billingevent")
    }
    assert shown == {
        "subscription": [str(customer), "active", "Active", "1", "0", "0", "0"],
        "checkout": [str(customer), "Upgrade", "Completed", session, hour],
        "drift": [
            str(customer),
            "cancel_at: nothing, nothing; status: active, canceled",
            "",
            hour,
        ],
        "trialidentity": [
            str(customer),
            "No Trial",
            "130",
            "company domain +70 (1 earlier), card +100 (2 earlier)",
            "-",
            hour,
        ],
        "billingevent": [
            "",
            event.event_id,
            "invoice.paid",
            str(customer),
            "Processed",
            "1",
            hour,
            ("Timed out: " + "x" * 200)[:120],
        ],
    }
    TrialIdentity.objects.update(signals=[])
    assert "nothing found" in cells(operator_client, "trialidentity")
    assert str(TrialIdentity.objects.get()) == "no_trial (130)"
    assert str(Checkout.objects.get()) == f"upgrade by {customer} (completed)"


def draft(cents: int = 2_500) -> Invoice:
    line = work_summaries.add_line(
        customer=CustomerFactory.create(), description="Snapshot", amount_cents=cents, now=NOON
    )
    assert str(line) == "Snapshot"
    return line.invoice


def act(client: SiteClient, action: str, *rows: Invoice) -> tuple[int, str]:
    chosen = {"action": action, "_selected_action": [row.pk for row in rows]}
    page = client.post("/admin/billing/invoice/", chosen, follow=True)
    return page.status_code, html.unescape(page.content.decode())


def test_work_summaries_are_issued_and_voided_from_the_list(operator_client: SiteClient) -> None:
    good, huge = draft(), draft(10_000_000)

    _, page = act(operator_client, "issue", good, huge)
    assert "Done for 1 row." in page
    assert f"Work summary {huge.pk}: Not issued: $100,000.00 is outside" in page
    shown = operator_client.get(f"/admin/billing/invoice/{good.pk}/change/").content.decode()
    assert "Snapshot: $25.00 on 2026-03-04" in shown
    _, page = act(operator_client, "void", good)
    assert "Done for 1 row." in page
    _, page = act(operator_client, "void", good)

    assert f"Work summary {good.pk}: paid or void already." in page
    statuses = dict(Invoice.objects.values_list("pk", "status"))
    assert statuses == {good.pk: "void", huge.pk: "draft"}
    assert list(AuditEvent.objects.order_by("pk").values_list("actor", "action", "subject_id")) == [
        ("hoss@hossagent.test", "invoice.issue", str(good.pk)),
        ("hoss@hossagent.test", "invoice.void", str(good.pk)),
    ]


def test_without_the_permission_the_lists_are_only_looked_at(
    operator_client: SiteClient, settled: Buyer
) -> None:
    invoice, event = draft(), BillingEvent.objects.exclude(status="pending").earliest("pk")
    User.objects.filter(is_staff=True).update(is_superuser=False)

    answers = [
        act(operator_client, "issue", invoice)[0],
        act(operator_client, "void", invoice)[0],
        operator_client.post(
            "/admin/billing/billingevent/", {"action": "replay", "_selected_action": [event.pk]}
        ).status_code,
    ]

    assert answers == [403, 403, 403]
    invoice.refresh_from_db()
    event.refresh_from_db()
    assert (invoice.status, event.status) == ("draft", "processed")
    assert operator_client.get("/admin/billing/invoice/").status_code == 200


# --- The buttons' sentences ----------------------------------------------------------


def test_an_upgrade_charges_the_card_on_file(operator_client: SiteClient, trialist: Buyer) -> None:
    page = press(operator_client, trialist, "upgrade")

    assert "has left its trial; the card on file was charged." in page
    assert trialist.row.status == "active"


def test_an_upgrade_that_the_bank_declines_is_not_called_a_success(
    operator_client: SiteClient, trialist: Buyer, fake_stripe: FakeStripe
) -> None:
    fake_stripe.world.declined.add(trialist.stripe_id)

    page = press(operator_client, trialist, "upgrade")

    assert "The trial has ended, and the card on file was declined." in page
    assert "was charged" not in page
    assert trialist.row.status == "past_due"
    assert AuditEvent.objects.get().after["status"] == "past_due"


def test_nothing_live_is_said(
    operator_client: SiteClient, settled: Buyer, fake_stripe: FakeStripe
) -> None:
    fake_stripe.world.end(settled.subscription_id)

    page = press(operator_client, settled, "cancel")

    assert "No subscription is live at Stripe, so there is nothing to cancel." in page


def test_an_outage_is_said(
    operator_client: SiteClient, settled: Buyer, fake_stripe: FakeStripe
) -> None:
    fake_stripe.api.is_down = True

    page = press(operator_client, settled, "cancel")

    assert "Stripe could not be reached" in page
    assert settled.row.cancel_at is None


def test_complimentary_is_granted_and_taken_back_once_each(
    operator_client: SiteClient, settled: Buyer
) -> None:
    seen = []
    for slug in ("grant-complimentary",) * 2 + ("revoke-complimentary",) * 2:
        press(operator_client, settled, slug)
        seen.append(settled.row.is_complimentary)

    assert seen == [True, True, False, False]
    assert list(AuditEvent.objects.order_by("pk").values_list("action", flat=True)) == [
        "complimentary.granted",
        "complimentary.revoked",
    ]

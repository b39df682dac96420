"""Billing's lists in the console, and their actions."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from accounts.models import AuditEvent, User
from billing.models import BillingEvent, Checkout, Drift, Invoice, TrialIdentity
from billing.services import events, work_summaries
from tests.conftest import NOON
from tests.factories import CustomerFactory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.billing.conftest import Buyer
    from tests.fakes.stripe import FakeStripe
    from tests.helpers.clients import SiteClient

pytestmark = [pytest.mark.django_db, pytest.mark.ignore_template_errors]


def test_a_failed_event_is_replayed_from_the_list(
    operator_client: SiteClient, settled_payer: Buyer, fake_stripe: FakeStripe
) -> None:
    event = BillingEvent.objects.exclude(status="ignored").earliest("pk")

    page = operator_client.post(
        "/admin/billing/billingevent/",
        {"action": "replay", "_selected_action": [event.pk]},
        follow=True,
    ).content.decode()

    event.refresh_from_db()
    assert "1 event is processed again within seconds." in page
    assert event.status == "pending"
    assert event.due_at is not None
    events.process_next(now=event.due_at)
    event.refresh_from_db()
    assert event.status == "processed"


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
    operator_client: SiteClient, settled_payer: Buyer, fake_stripe: FakeStripe
) -> None:
    customer, hour_ago = settled_payer.customer, NOON - timedelta(hours=1)
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
    assert "1 updated." in page
    assert f"Work summary {huge.pk}: Not issued: $100,000.00 is outside" in page
    shown = operator_client.get(f"/admin/billing/invoice/{good.pk}/change/").content.decode()
    assert "Snapshot: $25.00 on 2026-03-04" in shown
    _, page = act(operator_client, "void", good)
    assert "1 updated." in page
    _, page = act(operator_client, "void", good)

    assert f"Work summary {good.pk}: paid or void already." in page
    statuses = dict(Invoice.objects.values_list("pk", "status"))
    assert statuses == {good.pk: "void", huge.pk: "draft"}
    assert list(AuditEvent.objects.order_by("pk").values_list("actor", "action", "subject_id")) == [
        ("hoss@hossagent.test", "invoice.issue", str(good.pk)),
        ("hoss@hossagent.test", "invoice.void", str(good.pk)),
    ]


def test_without_the_permission_the_lists_are_only_looked_at(
    operator_client: SiteClient, settled_payer: Buyer
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

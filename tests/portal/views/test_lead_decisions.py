"""What a person decides about a lead moves it, or is refused in words."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from accounts.models import AuditEvent, Customer, Membership
from agents.leads.services.leads import close_lead
from agents.leads.services.qualify import qualify_lead
from agents.models import Lead, Message, Suppression
from agents.states import (
    LeadStatus,
    MessageStatus,
    SuppressionKind,
    SuppressionReason,
)
from portal.views.lead_decisions import DECISIONS
from tests.conftest import NOON
from tests.factories import LeadFactory, MessageFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.helpers.clients import SiteClient

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


_OVER = {"next_action_at": None}
_SITE_ONLY = {"email": "", "website": "https://northgate.com/"}
_NO_MORE = "This lead cannot be qualified. It is already qualified, invalid or unsubscribed."
_OVER_ALREADY = "This lead cannot be closed. Outreach to it has already ended."


def decide(client: SiteClient, lead: Lead, decision: str) -> str:
    """What the page says after the decision."""
    url = reverse("portal:lead_decide", args=[lead.pk, decision])
    (message,) = client.post(url, follow=True).context["messages"]
    return str(message)


@pytest.mark.parametrize(
    ("decision", "status", "action"),
    [
        ("qualify", LeadStatus.QUALIFIED, "lead.qualified"),
        ("close", LeadStatus.CLOSED, "lead.not_a_fit"),
    ],
)
def test_a_decision_moves_the_lead_and_stops_its_sequence(
    client: SiteClient, member: Membership, decision: str, status: str, action: str
) -> None:
    lead = LeadFactory.create(customer=member.customer)
    MessageFactory.create(lead=lead)

    url = reverse("portal:lead_decide", args=[lead.pk, decision])
    assert client.get(url).status_code == 405
    assert client.post(url).status_code == 302

    lead.refresh_from_db()
    assert lead.status == status
    assert Message.objects.get().status == MessageStatus.CANCELED
    event = AuditEvent.objects.get(action=action)
    assert (event.actor, event.customer_id) == (member.user.email, member.customer.pk)
    assert Suppression.objects.count() == 0
    assert client.post(reverse("portal:lead_decide", args=[lead.pk, "close"])).status_code == 302
    assert client.post(reverse("portal:lead_decide", args=[lead.pk, "x"])).status_code == 404


def test_an_address_is_blocked_only_after_the_question(
    client: SiteClient, member: Membership
) -> None:
    lead = LeadFactory.create(customer=member.customer, email="grace@northgate.com")
    MessageFactory.create(lead=lead)
    url = reverse("portal:lead_block", args=[lead.pk])

    asked = client.get(url).content.decode()

    assert "Never email grace@northgate.com again?" in asked
    assert not Suppression.objects.exists()
    assert client.post(url).headers["Location"] == reverse("portal:lead_detail", args=[lead.pk])
    lead.refresh_from_db()
    assert lead.status == LeadStatus.CLOSED
    assert Message.objects.get().status == MessageStatus.CANCELED
    (entry,) = Suppression.objects.all()
    assert (entry.value, entry.customer_id) == ("grace@northgate.com", member.customer.pk)
    event = AuditEvent.objects.get(action="lead.never_contact")
    assert (event.actor, event.customer_id) == (member.user.email, member.customer.pk)
    shown = client.get(reverse("portal:lead_detail", args=[lead.pk]))
    assert [event.text for event in shown.context["timeline"]] == [
        "Added to the do-not-contact list.",
        f"Canceled: {Message.objects.get().subject}",
        "Added from test.",
    ]
    assert shown.context["may_block"] is False
    assert "This address is on the do-not-contact list" in shown.content.decode()


def test_without_an_address_there_is_nobody_to_block(
    client: SiteClient, member: Membership
) -> None:
    lead = LeadFactory.create(customer=member.customer, email="", website="https://northgate.com/")

    answer = client.post(reverse("portal:lead_block", args=[lead.pk]), follow=True)

    assert "This lead has no email address to add to the list." in answer.content.decode()
    assert not Suppression.objects.exists()


def test_a_block_is_the_customers_own(client: SiteClient, member: Membership) -> None:
    lead = LeadFactory.create(customer=member.customer, email="ada@acme.com")
    same = MessageFactory.create(lead=LeadFactory.create(email="ada@acme.com"))

    client.post(reverse("portal:lead_block", args=[lead.pk]))

    listed = Suppression.objects.get()
    assert (listed.customer, listed.kind, listed.value, listed.reason) == (
        *(member.customer, SuppressionKind.ADDRESS, "ada@acme.com", SuppressionReason.MANUAL),
    )
    same.refresh_from_db()
    assert (same.status, same.lead.status) == (MessageStatus.PLANNED, LeadStatus.NEW)


def test_a_qualified_lead_calls_the_agents(client: SiteClient, member: Membership) -> None:
    Customer.objects.update(next_run_at=NOON + timedelta(days=1))
    lead = LeadFactory.create(customer=member.customer)

    assert decide(client, lead, "qualify") == (
        "Qualified. The sequence has stopped, and follow-up work starts within minutes."
    )

    lead.refresh_from_db()
    assert lead.qualified_at == NOON
    assert Customer.objects.get(pk=member.customer.pk).next_run_at == NOON


@pytest.mark.parametrize(
    ("decision", "fields", "sentence"),
    [
        ("qualify", {"status": LeadStatus.UNSUBSCRIBED}, _NO_MORE),
        ("qualify", {"status": LeadStatus.INVALID}, _NO_MORE),
        ("qualify", {"status": LeadStatus.QUALIFIED, "qualified_at": NOON}, _NO_MORE),
        ("close", {"status": LeadStatus.CLOSED}, _OVER_ALREADY),
        ("close", {"status": LeadStatus.UNSUBSCRIBED}, _OVER_ALREADY),
        (
            "close",
            {"status": LeadStatus.CONVERTED, "qualified_at": NOON},
            _OVER_ALREADY,
        ),
    ],
)
def test_a_decision_that_cannot_be_is_told_and_changes_nothing(
    client: SiteClient,
    member: Membership,
    decision: str,
    fields: dict[str, Any],
    sentence: str,
) -> None:
    lead = LeadFactory.create(customer=member.customer, **{**_OVER, **fields})
    message = MessageFactory.create(lead=lead)
    before = Lead.objects.values().get()

    assert decide(client, lead, decision) == sentence

    assert Lead.objects.values().get() == before
    assert not AuditEvent.objects.filter(action__startswith="lead.").exists()
    assert not Suppression.objects.exists()
    message.refresh_from_db()
    is_engagement = lead.status == LeadStatus.CONVERTED
    if decision != "close" or is_engagement:
        assert message.status == MessageStatus.PLANNED


@pytest.mark.parametrize("decide_on", [close_lead, qualify_lead])
def test_a_decision_is_about_the_lead_as_it_is_now(
    member: Membership, decide_on: Callable[..., bool]
) -> None:
    stale = LeadFactory.create(customer=member.customer)
    message = MessageFactory.create(lead=stale)
    Lead.objects.filter(pk=stale.pk).move(
        source=LeadStatus.NEW, target=LeadStatus.QUALIFIED, qualified_at=NOON, next_action_at=None
    )
    Lead.objects.filter(pk=stale.pk).move(source=LeadStatus.QUALIFIED, target=LeadStatus.CONVERTED)

    assert not decide_on(lead=stale, now=NOON, by="a person")

    message.refresh_from_db()
    assert (stale.status, message.status) == (LeadStatus.CONVERTED, MessageStatus.PLANNED)


@pytest.mark.parametrize(
    ("fields", "offered"),
    [
        ({}, {"qualify", "close", "correct", "block"}),
        ({**_SITE_ONLY, **_OVER}, {"qualify", "close", "correct"}),
        ({"status": LeadStatus.CLOSED, **_OVER}, {"qualify", "block"}),
        ({"status": LeadStatus.QUALIFIED, "qualified_at": NOON, **_OVER}, {"close", "block"}),
        ({"status": LeadStatus.CONVERTED, "qualified_at": NOON, **_OVER}, {"block"}),
        ({"status": LeadStatus.UNSUBSCRIBED, **_SITE_ONLY, **_OVER}, set()),
    ],
)
def test_only_decisions_that_can_be_are_offered(
    client: SiteClient, member: Membership, fields: dict[str, Any], offered: set[str]
) -> None:
    lead = LeadFactory.create(customer=member.customer, **fields)

    page = client.get(reverse("portal:lead_detail", args=[lead.pk])).content.decode()

    buttons = {
        name: f'action="{reverse("portal:lead_decide", args=[lead.pk, name])}"'
        for name in DECISIONS
    } | {
        "correct": f'href="{reverse("portal:lead_correct", args=[lead.pk])}"',
        "block": f'href="{reverse("portal:lead_block", args=[lead.pk])}"',
    }
    assert {name for name, button in buttons.items() if button in page} == offered

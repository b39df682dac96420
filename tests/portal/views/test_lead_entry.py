"""A lead is added by hand or corrected, or the form says what is wrong."""

from __future__ import annotations

import html
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import reverse

from accounts.models import AuditEvent, Customer, Membership
from agents.leads.services.leads import never_contact
from agents.models import Lead, Message
from agents.states import (
    LeadStatus,
    MessageMode,
    MessageStatus,
)
from agents.suppression.services.suppress import suppress
from billing.models import Subscription
from tests.conftest import NOON
from tests.factories import LeadFactory, MessageFactory

if TYPE_CHECKING:
    from tests.helpers.clients import SiteClient

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


CORRECTED = {
    "company": "Northgate Dental",
    "email": "grace@northgate.com",
    "contact_name": "Grace Hopper",
    "reason": "Two chairs.",
}


def correct(client: SiteClient, lead: Lead, **changes: str) -> Any:
    url = reverse("portal:lead_correct", args=[lead.pk])
    return client.post(url, {**CORRECTED, **changes})


def _fields(answer: Any) -> dict[str, Any]:
    return {field.name: field for field in answer.context["form"]}


def test_a_lead_is_added_by_hand_once(client: SiteClient, member: Membership) -> None:
    data = {"company": "Acme", "email": "ada@acme.com", "reason": "Met at the fair."}
    Customer.objects.update(next_run_at=NOON + timedelta(days=1))

    first = client.post(reverse("portal:lead_add"), data)
    second = client.post(reverse("portal:lead_add"), data)

    lead = Lead.objects.get()
    assert (lead.source, lead.reason) == ("by_hand", "Met at the fair.")
    assert first.headers["Location"] == second.headers["Location"]
    page = client.get(first.headers["Location"])
    added, again = (str(message) for message in page.context["messages"])
    assert added == "Added. Your HossAgent starts on it within minutes."
    assert again.endswith(" Here it is.")
    assert AuditEvent.objects.filter(action="lead.added").count() == 1
    assert Customer.objects.get().next_run_at == NOON
    assert lead.provenance == {"by": member.user.email}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"company": "Acme", "reason": "x"}, "Enter an email address or a website."),
        ({"company": "Acme", "email": "ada@", "reason": "x"}, "is not an email address"),
        ({"company": "Acme", "email": "ada@acme.com"}, "Enter why this lead fits."),
    ],
)
def test_a_wrong_lead_is_told_and_kept_in_the_form(
    client: SiteClient, member: Membership, data: dict[str, str], sentence: str
) -> None:
    answer = client.post(reverse("portal:lead_add"), data)

    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert answer.context["form"]["company"].value() == "Acme"
    assert not Lead.objects.exists()


def test_a_lead_that_may_not_be_added_says_why_at_its_field(
    client: SiteClient, member: Membership
) -> None:
    def errors(**data: str) -> dict[str, list[str]]:
        given = {"company": "Acme", "reason": "x", **data}
        return dict(client.post(reverse("portal:lead_add"), given).context["form"].errors)

    never_contact(
        lead=LeadFactory.create(customer=member.customer, email="ada@acme.com"), now=NOON, by="me"
    )
    refused = ["ada@acme.com is on the do-not-contact list (manual)."]
    assert errors(email="ada@acme.com") == {"email": refused}
    assert errors(website="acme") == {
        "website": ["There is no email address and no website. Enter at least one of them."]
    }
    Subscription.objects.update(leads_used=20)
    assert errors(email="eva@new.com") == {
        "__all__": ["Your plan's lead allowance is used up. Upgrade to add more."]
    }


@pytest.mark.parametrize(
    "state",
    [
        {"address_check": "risky"},
        {"status": LeadStatus.INVALID, "address_check": "undeliverable"},
        {"status": LeadStatus.BOUNCED},
        {"status": LeadStatus.CONTACTED, "last_contacted_at": NOON},
    ],
)
def test_a_corrected_lead_takes_the_place_of_the_old_one(
    client: SiteClient, member: Membership, state: dict[str, Any]
) -> None:
    """Of the same company, whose second entry would be refused as a repetition."""
    old = LeadFactory.create(
        customer=member.customer,
        company="Northgate Dental",
        email="info@northgate.com",
        evidence=[{"text": "Two chairs.", "source": "https://northgate.com/", "at": "2026"}],
        next_action_at=None,
        **state,
    )
    MessageFactory.create(lead=old)
    asked = client.get(reverse("portal:lead_correct", args=[old.pk]))
    assert asked.context["form"]["email"].value() == "info@northgate.com"

    answer = correct(client, old)

    old.refresh_from_db()
    new = Lead.objects.get(status=LeadStatus.NEW)
    assert answer.headers["Location"] == reverse("portal:lead_detail", args=[new.pk])
    assert (old.status, old.email) == (LeadStatus.INVALID, "info@northgate.com")
    assert (new.email, new.contact_name) == ("grace@northgate.com", "Grace Hopper")
    assert (new.customer_id, new.evidence) == (member.customer.pk, old.evidence)
    assert new.next_action_at is not None
    assert Message.objects.get().status == MessageStatus.CANCELED
    page = client.get(reverse("portal:lead_detail", args=[old.pk]))
    assert [str(message) for message in page.context["messages"]] == [
        "Corrected. Your HossAgent starts on it within minutes."
    ]
    assert ("Corrected. A new lead has replaced it.", answer.headers["Location"]) in [
        (event.text, event.url) for event in page.context["timeline"]
    ]
    # Pressed twice, it leads to the same new entry.
    assert correct(client, old).headers["Location"] == answer.headers["Location"]
    assert Lead.objects.count() == 2


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"email": "grace@"}, "is not an email address"),
        ({"email": "stop@northgate.com"}, "is on the do-not-contact list"),
        ({"email": "info@northgate.com"}, "We have already emailed info@northgate.com."),
        ({"email": " INFO@northgate.com "}, "have already emailed"),
    ],
)
def test_a_correction_that_does_not_pass_changes_nothing(
    client: SiteClient, member: Membership, changes: dict[str, str], sentence: str
) -> None:
    suppress(kind="address", value="stop@northgate.com", reason="manual", now=NOON)
    old = LeadFactory.create(
        customer=member.customer,
        company="Northgate Dental",
        email="info@northgate.com",
        status=LeadStatus.CONTACTED,
        last_contacted_at=NOON,
    )
    MessageFactory.create(
        lead=old,
        mode=MessageMode.LIVE,
        status=MessageStatus.SENT,
        message_id="<1@agency.com>",
        sending_at=NOON,
        finished_at=NOON,
        due_at=None,
    )
    waiting = MessageFactory.create(lead=old, step=1)
    before = Lead.objects.values().get()

    answer = correct(client, old, **changes)

    assert answer.status_code == 200
    assert sentence in html.unescape(answer.content.decode())
    assert answer.context["form"]["contact_name"].value() == "Grace Hopper"
    assert Lead.objects.values().get() == before
    waiting.refresh_from_db()
    assert waiting.status == MessageStatus.PLANNED
    assert not AuditEvent.objects.filter(action="lead.corrected").exists()


@pytest.mark.parametrize(
    ("state", "is_corrected"),
    [
        ({}, True),
        ({"status": LeadStatus.INVALID, "next_action_at": None}, False),
        ({"status": LeadStatus.CONTACTED, "last_contacted_at": NOON}, False),
    ],
)
def test_a_used_up_allowance_corrects_only_a_lead_without_mail(
    client: SiteClient, member: Membership, state: dict[str, Any], *, is_corrected: bool
) -> None:
    old = LeadFactory.create(customer=member.customer, **state)
    Subscription.objects.update(leads_used=20)

    correct(client, old)

    assert Subscription.objects.get().leads_used == 20
    assert Lead.objects.exclude(pk=old.pk).exists() is is_corrected


def test_a_lead_with_mail_is_corrected_at_a_new_ones_price(
    client: SiteClient, member: Membership
) -> None:
    old = LeadFactory.create(customer=member.customer)
    MessageFactory.create(lead=old, status=MessageStatus.DRY_RUN, due_at=None, finished_at=NOON)
    Subscription.objects.update(leads_used=5)

    correct(client, old)

    assert (Subscription.objects.get().leads_used, Lead.objects.count()) == (6, 2)


def test_a_correction_that_changes_nothing_uses_up_no_lead(
    client: SiteClient, member: Membership
) -> None:
    lead = LeadFactory.create(customer=member.customer)
    url = reverse("portal:lead_correct", args=[lead.pk])
    as_it_is = {name: field.value() for name, field in _fields(client.get(url)).items()}

    answer = client.post(url, as_it_is)

    assert answer.status_code == 200
    assert "You have not changed anything yet." in answer.content.decode()
    assert Lead.objects.get().status == LeadStatus.NEW


@pytest.mark.parametrize(
    "status", [LeadStatus.REPLIED, LeadStatus.QUALIFIED, LeadStatus.UNSUBSCRIBED, LeadStatus.CLOSED]
)
def test_a_lead_that_answered_or_is_closed_stays_as_it_is(
    client: SiteClient, member: Membership, status: str
) -> None:
    old = LeadFactory.create(
        customer=member.customer,
        status=status,
        next_action_at=None,
        qualified_at=NOON if status == LeadStatus.QUALIFIED else None,
    )

    answer = correct(client, old)

    assert answer.headers["Location"] == reverse("portal:lead_detail", args=[old.pk])
    assert Lead.objects.get().status == status
    page = client.get(reverse("portal:lead_detail", args=[old.pk]))
    assert page.context["may_correct"] is False
    assert "You cannot correct this lead" in page.content.decode()

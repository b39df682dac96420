"""What research records: published facts only, and what the domain says."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection

from accounts.models import Customer
from agents.leads.addresses import DomainAnswer
from agents.leads.services.research import MAX_ATTEMPTS
from agents.models import Lead
from agents.states import (
    AddressCheck,
    LeadStatus,
    MessageStatus,
    SuppressionKind,
)
from tests.conftest import NOON
from tests.factories import LeadFactory, MessageFactory
from tests.fakes.website import FakeWeb, cedar
from tests.helpers.research import add, look, put_on_the_list

if TYPE_CHECKING:
    pass

pytestmark = pytest.mark.django_db

FACT = {"text": "Cedar has two chairs.", "source": "https://x.com/", "at": "2026-01-01"}


@pytest.mark.usefixtures("live")
def test_a_lead_without_address_gets_the_published_one(customer: Customer) -> None:
    lead = add(customer, website="https://cedar.com/", contact_name="Grace Kim")

    assert look(cedar())
    assert not look(cedar())

    lead.refresh_from_db()
    assert (lead.email, lead.email_key) == ("grace.kim@cedar.com", "grace.kim@cedar.com")
    assert (lead.address_check, lead.next_action_at) == (AddressCheck.DELIVERABLE, NOON)
    assert lead.provenance["email"]["source"] == "https://cedar.com/contact-us"
    assert len(lead.evidence) == 3
    assert lead.research_result == (
        "The address's domain accepts email. Website: 2 pages read, 3 facts, 5 published addresses."
    )


@pytest.mark.usefixtures("live")
def test_an_address_is_never_guessed(customer: Customer) -> None:
    lead = add(customer, website="https://cedar.com/", contact_name="Grace Kim")

    look(cedar(**{"https://cedar.com/": "<p>Grace Kim leads Cedar.</p>"}))

    lead.refresh_from_db()
    assert (lead.email, lead.next_action_at, lead.research_due_at) == ("", None, None)


@pytest.mark.usefixtures("live")
def test_a_published_address_of_another_lead_is_a_duplicate(customer: Customer) -> None:
    LeadFactory.create(customer=customer, company="Other", email="front@cedar.com")
    lead = add(customer, website="https://cedar.com/")

    look(cedar())

    lead.refresh_from_db()
    assert (lead.status, lead.email) == (LeadStatus.INVALID, "")
    assert lead.research_result == (
        "Its published address front@cedar.com belongs to another lead."
    )


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize("answer", [DomainAnswer.NO_SUCH_DOMAIN, DomainAnswer.REFUSES_MAIL])
def test_an_undeliverable_address_is_never_mailed(customer: Customer, answer: DomainAnswer) -> None:
    lead = add(customer, email="ada@cedar.com")
    web = cedar()

    look(web, answer)

    lead.refresh_from_db()
    assert (lead.address_check, lead.status) == (AddressCheck.UNDELIVERABLE, LeadStatus.INVALID)
    assert (lead.next_action_at, lead.research_due_at, web.asked) == (None, None, [])


@pytest.mark.usefixtures("live")
def test_a_published_address_on_the_list_is_not_taken(customer: Customer) -> None:
    lead = add(customer, website="https://cedar.com/")
    put_on_the_list("front@cedar.com", SuppressionKind.ADDRESS)

    assert look(cedar())

    lead.refresh_from_db()
    assert (lead.email, lead.email_key, lead.next_action_at) == ("", "", None)
    assert lead.research_result == (
        "Its published address front@cedar.com is on the do-not-contact list."
    )


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize(
    ("fields", "is_read"),
    [
        ({"email": "ada@cedar.com"}, True),
        ({"email": "ada@cedar.com", "evidence": [FACT]}, False),
        ({"website": "https://cedar.com/", "evidence": [FACT]}, True),
        ({"email": "ada@gmail.com"}, False),
        ({"email": "ada@gmail.com", "website": "cedar.com"}, True),
    ],
)
def test_a_site_is_read_for_what_is_missing(
    customer: Customer, fields: dict[str, Any], *, is_read: bool
) -> None:
    lead = add(customer, **fields)
    given = list(lead.evidence)
    web = cedar()

    assert look(web)

    lead.refresh_from_db()
    assert (bool(web.asked), lead.research_due_at) == (is_read, None)
    assert lead.evidence[: len(given)] == given
    assert len(lead.evidence) == len(given) + (3 if is_read else 0)


@pytest.mark.usefixtures("live")
def test_no_more_facts_are_kept_than_there_is_room_for(customer: Customer) -> None:
    facts = [{**FACT, "text": f"Fact {n}."} for n in range(19)]
    lead = add(customer, website="https://cedar.com/", evidence=facts)

    look(cedar())

    lead.refresh_from_db()
    assert [fact["text"] for fact in lead.evidence] == [
        *(f"Fact {n}." for n in range(19)),
        "Cedar says of itself: Family dentists in Austin, open on Saturdays.",
    ]


@pytest.mark.usefixtures("live")
def test_a_silent_dns_is_asked_again_and_changes_no_check(customer: Customer) -> None:
    lead = add(customer, email="ada@cedar.com", evidence=[FACT])
    Lead.objects.filter(pk=lead.pk).update(address_check=AddressCheck.DELIVERABLE)

    tries = [look(cedar(), DomainAnswer.UNKNOWN, days=day) for day in range(MAX_ATTEMPTS + 1)]

    lead.refresh_from_db()
    assert tries == [True] * MAX_ATTEMPTS + [False]
    assert (lead.address_check, lead.next_action_at) == (AddressCheck.DELIVERABLE, NOON)
    assert lead.research_result == "DNS did not answer for the address's domain."


@pytest.mark.usefixtures("live")
def test_mail_to_an_undeliverable_address_is_canceled(customer: Customer) -> None:
    lead = add(customer, email="ada@cedar.com")
    message = MessageFactory.create(lead=lead)

    look(cedar(), DomainAnswer.REFUSES_MAIL)

    message.refresh_from_db()
    assert (message.status, message.held_code) == (MessageStatus.CANCELED, "undeliverable")
    lead.refresh_from_db()
    assert lead.address_flags == "refuses_mail"


@pytest.mark.usefixtures("live")
def test_a_published_address_says_where_it_came_from(
    customer: Customer,
) -> None:
    Customer.objects.update(next_run_at=NOON + timedelta(days=1))
    lead = add(customer, website="https://cedar.com/", provenance={"row": 7})

    look(cedar())

    lead.refresh_from_db()
    assert lead.provenance == {
        "row": 7,
        "email": {"source": "https://cedar.com/", "at": NOON.isoformat()},
    }
    assert Customer.objects.values_list("next_run_at", flat=True).get() == NOON


@pytest.mark.usefixtures("live")
def test_a_published_address_that_takes_no_mail_is_held(customer: Customer) -> None:
    lead = add(customer, website="https://cedar.com/")

    look(cedar(), DomainAnswer.REFUSES_MAIL)

    lead.refresh_from_db()
    assert (lead.email, lead.next_action_at) == ("front@cedar.com", None)
    assert (lead.address_check, lead.address_flags) == (AddressCheck.UNDELIVERABLE, "refuses_mail")


@pytest.mark.usefixtures("live")
def test_a_lead_that_was_closed_meanwhile_is_not_taken_up(customer: Customer) -> None:
    lead = add(customer, website="https://cedar.com/")

    def close() -> None:
        Lead.objects.filter(pk=lead.pk).move(source=LeadStatus.NEW, target=LeadStatus.CLOSED)

    look(cedar(), meanwhile=close)

    lead.refresh_from_db()
    assert (lead.status, lead.next_action_at) == (LeadStatus.CLOSED, None)
    assert lead.email == "front@cedar.com"


@pytest.mark.usefixtures("live")
def test_an_address_that_no_mail_reaches_is_not_taken(customer: Customer) -> None:
    lead = add(customer, website="https://cedar.example/")
    Lead.objects.filter(pk=lead.pk).update(research_due_at=NOON)
    pages = {
        "https://cedar.example/robots.txt": "",
        "https://cedar.example/": "<p>ada@cedar.example</p>",
    }

    look(FakeWeb(pages))

    lead.refresh_from_db()
    assert (lead.email, lead.status) == ("", LeadStatus.NEW)


@pytest.mark.usefixtures("live")
def test_an_address_that_another_worker_gave_first_stays(customer: Customer) -> None:
    lead = add(customer, website="https://cedar.com/")
    given: list[str] = []

    def faster(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("UPDATE") and '"email_key" =' in sql.partition("WHERE")[0] and not given:
            given.append("eva@cedar.com")
            Lead.objects.filter(pk=lead.pk).update(email=given[0], email_key=given[0])
        return execute(sql, *rest)

    with connection.execute_wrapper(faster):
        assert look(cedar())

    lead.refresh_from_db()
    assert (given, lead.email, lead.email_key) == (["eva@cedar.com"], *["eva@cedar.com"] * 2)
    assert "email" not in lead.provenance

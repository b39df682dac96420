"""Research of a lead's own site and domain: published facts only, within a budget."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection

from accounts.models import Customer
from agents.leads.addresses import DomainAnswer
from agents.leads.services.research import MAX_ATTEMPTS, research_next
from agents.leads.services.store import Candidate, store_leads
from agents.models import Lead, Suppression
from agents.states import (
    AddressCheck,
    LeadStatus,
    MessageStatus,
    SuppressionKind,
    SuppressionReason,
)
from hossagent.lib.http import FetchFailed
from hossagent.lib.signing import stable_hash
from tests.conftest import NOON
from tests.factories import CustomerFactory, LeadFactory, MessageFactory
from tests.fakes.website import FakeWeb, cedar

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def live(configure: Callable[..., None]) -> None:
    configure(
        LEAD_SOURCE_PROVIDER="SEARCH_API",
        LEAD_SEARCH_API_URL="https://search.com/",
        LEAD_SEARCH_API_KEY="sk-search-0123456789",
    )


@pytest.fixture
def customer() -> Customer:
    made: Customer = CustomerFactory.create(subscription__complimentary=True)
    return made


def add(customer: Customer, **fields: Any) -> Lead:
    candidate = Candidate(company="Cedar", reason="r", **fields)
    store_leads(customer=customer, candidates=[candidate], source="t", now=NOON)
    return Lead.objects.order_by("-pk")[0]


def look(
    web: FakeWeb,
    answer: DomainAnswer = DomainAnswer.ACCEPTS,
    *,
    days: int = 0,
    meanwhile: Callable[[], object] = lambda: None,
) -> bool:
    """One step of the loop; `meanwhile` happens while the domain is asked about."""

    def ask(domain: str) -> DomainAnswer:
        meanwhile()
        return answer

    return research_next(now=NOON + timedelta(days=days), fetch=web, ask_domain=ask)


@pytest.mark.django_db
def test_nothing_is_asked_in_dry_run(customer: Customer, django_assert_num_queries: Any) -> None:
    add(customer, website="https://cedar.com/")
    web = cedar()

    with django_assert_num_queries(0):
        assert not look(web)

    assert web.asked == []


@pytest.mark.django_db
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


@pytest.mark.django_db
@pytest.mark.usefixtures("live")
def test_an_address_is_never_guessed(customer: Customer) -> None:
    lead = add(customer, website="https://cedar.com/", contact_name="Grace Kim")

    look(cedar(**{"https://cedar.com/": "<p>Grace Kim leads Cedar.</p>"}))

    lead.refresh_from_db()
    assert (lead.email, lead.next_action_at, lead.research_due_at) == ("", None, None)


@pytest.mark.django_db
@pytest.mark.usefixtures("live")
def test_a_published_address_of_another_lead_makes_a_double(customer: Customer) -> None:
    LeadFactory.create(customer=customer, company="Other", email="front@cedar.com")
    lead = add(customer, website="https://cedar.com/")

    look(cedar())

    lead.refresh_from_db()
    assert (lead.status, lead.email) == (LeadStatus.INVALID, "")
    assert lead.research_result == (
        "Its published address front@cedar.com belongs to another lead."
    )


@pytest.mark.django_db
@pytest.mark.usefixtures("live")
@pytest.mark.parametrize("answer", [DomainAnswer.NO_SUCH_DOMAIN, DomainAnswer.REFUSES_MAIL])
def test_an_undeliverable_address_is_never_mailed(customer: Customer, answer: DomainAnswer) -> None:
    lead = add(customer, email="ada@cedar.com")
    web = cedar()

    look(web, answer)

    lead.refresh_from_db()
    assert (lead.address_check, lead.status) == (AddressCheck.UNDELIVERABLE, LeadStatus.INVALID)
    assert (lead.next_action_at, lead.research_due_at, web.asked) == (None, None, [])


def put_on_the_list(value: str, kind: SuppressionKind, customer: Customer | None = None) -> None:
    Suppression.objects.create(
        customer=customer,
        kind=kind,
        value_hash=stable_hash(value, purpose="suppression"),
        reason=SuppressionReason.OPT_OUT,
        created_at=NOON,
    )


@pytest.mark.django_db
@pytest.mark.usefixtures("live")
@pytest.mark.parametrize(
    ("value", "kind", "fields"),
    [
        ("ada@cedar.com", SuppressionKind.ADDRESS, {"email": "Ada@Cedar.com"}),
        ("cedar.com", SuppressionKind.DOMAIN, {"email": "ada@mail.cedar.com"}),
        ("cedar.com", SuppressionKind.DOMAIN, {"website": "https://www.cedar.com/"}),
    ],
)
def test_nobody_on_the_list_is_looked_at(
    customer: Customer, value: str, kind: SuppressionKind, fields: dict[str, Any]
) -> None:
    lead = add(customer, **fields)
    put_on_the_list(value, kind, customer)
    web = cedar()
    asked: list[str] = []

    def ask(domain: str) -> DomainAnswer:
        asked.append(domain)
        return DomainAnswer.ACCEPTS

    assert research_next(now=NOON, fetch=web, ask_domain=ask)

    lead.refresh_from_db()
    assert (web.asked, asked) == ([], [])
    assert (lead.research_result, lead.research_due_at, lead.evidence) == (
        "Not researched, because this lead is on the do-not-contact list.",
        None,
        [],
    )


@pytest.mark.django_db
@pytest.mark.usefixtures("live")
def test_another_customers_list_keeps_nobody_from_being_looked_at(customer: Customer) -> None:
    lead = add(customer, website="https://cedar.com/")
    put_on_the_list("cedar.com", SuppressionKind.DOMAIN, CustomerFactory.create())

    assert look(cedar())

    lead.refresh_from_db()
    assert lead.email == "front@cedar.com"


@pytest.mark.django_db
@pytest.mark.usefixtures("live")
def test_a_lead_whose_outreach_is_over_is_not_looked_at(customer: Customer) -> None:
    lead = add(customer, website="https://cedar.com/")
    Lead.objects.filter(pk=lead.pk).move(source=LeadStatus.NEW, target=LeadStatus.INVALID)
    web = cedar()

    assert look(web)

    lead.refresh_from_db()
    assert (web.asked, lead.research_due_at) == ([], None)
    assert lead.research_result == "Not researched, because outreach to this lead has ended."


@pytest.mark.django_db
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


@pytest.mark.django_db
@pytest.mark.usefixtures("live")
def test_attempts_are_limited(customer: Customer) -> None:
    lead = add(customer, website="https://cedar.com/")
    web = cedar(**{"https://cedar.com/robots.txt": FetchFailed("timeout", "No answer in time.")})

    tries = [look(web, days=day) for day in range(MAX_ATTEMPTS + 2)]

    lead.refresh_from_db()
    assert tries == [True] * MAX_ATTEMPTS + [False] * 2
    assert lead.research_result == "Website (timeout): No answer in time."


@pytest.mark.django_db
@pytest.mark.usefixtures("live")
def test_made_up_leads_are_not_researched(customer: Customer) -> None:
    add(customer, email="ada@cedar.example", website="https://cedar.example/")

    assert not look(cedar())


@pytest.mark.django_db
def test_a_trial_is_not_researched_while_only_email_is_live(
    configure: Callable[..., None],
) -> None:
    configure(
        EMAIL_MODE="SMTP",
        SMTP_HOST="mail.com",
        SMTP_FROM_EMAIL="a@mail.com",
        IMAP_HOST="mail.com",
        IMAP_USERNAME="a",
        IMAP_PASSWORD="secret-0123",
    )
    lead = add(CustomerFactory.create(), website="https://cedar.com/")
    web = cedar()

    assert look(web)

    lead.refresh_from_db()
    assert (web.asked, lead.research_attempts) == ([], 0)
    assert lead.research_due_at == NOON + timedelta(days=1)


@pytest.mark.django_db
@pytest.mark.usefixtures("live")
def test_a_trial_is_researched_while_the_lead_search_is_live() -> None:
    lead = add(CustomerFactory.create(), website="https://cedar.com/")

    assert look(cedar())

    lead.refresh_from_db()
    assert lead.email == "front@cedar.com"


@pytest.mark.django_db
@pytest.mark.usefixtures("live")
@pytest.mark.parametrize(
    "status",
    [LeadStatus.BOUNCED, LeadStatus.CLOSED, LeadStatus.INVALID, LeadStatus.UNSUBSCRIBED],
)
def test_no_state_that_ends_outreach_is_looked_at(customer: Customer, status: LeadStatus) -> None:
    lead = add(customer, website="https://cedar.com/")
    Lead.objects.filter(pk=lead.pk).move(source=LeadStatus.NEW, target=status, next_action_at=None)
    web = cedar()

    assert look(web)

    lead.refresh_from_db()
    assert (web.asked, lead.research_result) == (
        [],
        "Not researched, because outreach to this lead has ended.",
    )


@pytest.mark.django_db
@pytest.mark.usefixtures("live")
def test_whoever_waits_longest_is_looked_at_first(customer: Customer) -> None:
    leads = [add(customer, email=f"ada@c{n}.com", website="") for n in range(3)]
    for lead, hours in zip(leads, (2, 3, 1), strict=True):
        Lead.objects.filter(pk=lead.pk).update(research_due_at=NOON - timedelta(hours=hours))
    asked: list[str] = []

    def ask(domain: str) -> DomainAnswer:
        asked.append(domain)
        return DomainAnswer.ACCEPTS

    while research_next(now=NOON, fetch=FakeWeb(), ask_domain=ask):
        pass

    assert asked == ["c1.com", "c0.com", "c2.com"]


@pytest.mark.django_db
@pytest.mark.usefixtures("live")
def test_nobody_else_looks_while_one_looks(customer: Customer) -> None:
    lead = add(customer, email="ada@cedar.com")
    others: list[bool] = []

    assert look(cedar(), meanwhile=lambda: others.append(look(cedar())))

    lead.refresh_from_db()
    assert (others, lead.research_attempts) == ([False], 1)


@pytest.mark.django_db
@pytest.mark.usefixtures("live")
def test_of_two_that_see_a_lead_one_takes_it(customer: Customer) -> None:
    lead = add(customer, email="ada@cedar.com")
    others: list[bool] = []

    def faster(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("UPDATE") and not others:
            others.append(True)
            others[0] = look(cedar(), meanwhile=lambda: others.append(True))
        return execute(sql, *rest)

    with connection.execute_wrapper(faster):
        assert not look(cedar(), meanwhile=lambda: others.append(True))

    lead.refresh_from_db()
    assert (others, lead.research_attempts) == ([True, True], 1)


FACT = {"text": "Cedar has two chairs.", "source": "https://x.com/", "at": "2026-01-01"}


@pytest.mark.django_db
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


@pytest.mark.django_db
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


@pytest.mark.django_db
@pytest.mark.usefixtures("live")
@pytest.mark.parametrize(
    ("code", "is_passing"),
    [
        *(
            (code, True)
            for code in (
                *("timeout", "connect", "protocol", "dns", "robots_down"),
                *("http_429", "http_503"),
            )
        ),
        *((code, False) for code in ("address", "robots", "too_large", "wrong_type", "http_404")),
    ],
)
def test_a_site_is_asked_again_another_day_when_that_may_help(
    customer: Customer, code: str, *, is_passing: bool
) -> None:
    lead = add(customer, website="https://cedar.com/")

    look(cedar(**{"https://cedar.com/": FetchFailed(code, "It failed.")}))

    lead.refresh_from_db()
    assert lead.research_due_at == (NOON + timedelta(days=1) if is_passing else None)
    assert lead.research_result == f"Website ({code}): It failed."


@pytest.mark.django_db
@pytest.mark.usefixtures("live")
def test_a_silent_dns_is_asked_again_and_changes_no_check(customer: Customer) -> None:
    lead = add(customer, email="ada@cedar.com", evidence=[FACT])
    Lead.objects.filter(pk=lead.pk).update(address_check=AddressCheck.DELIVERABLE)

    tries = [look(cedar(), DomainAnswer.UNKNOWN, days=day) for day in range(MAX_ATTEMPTS + 1)]

    lead.refresh_from_db()
    assert tries == [True] * MAX_ATTEMPTS + [False]
    assert (lead.address_check, lead.next_action_at) == (AddressCheck.DELIVERABLE, NOON)
    assert lead.research_result == "DNS did not answer for the address's domain."


@pytest.mark.django_db
@pytest.mark.usefixtures("live")
def test_a_site_on_which_the_reader_breaks_is_given_up(
    customer: Customer, caplog: pytest.LogCaptureFixture
) -> None:
    strange = add(customer, website="https://cedar.com/")
    web = cedar(**{"https://cedar.com/": RuntimeError("a bug")})

    tries = [look(web, days=day) for day in range(MAX_ATTEMPTS + 2)]

    strange.refresh_from_db()
    assert tries == [True] * (MAX_ATTEMPTS + 1) + [False]
    assert web.asked.count("https://cedar.com/") == MAX_ATTEMPTS
    assert (strange.research_due_at, strange.email) == (None, "")
    assert strange.research_result == "Gave up after 3 attempts."
    assert caplog.messages.count("research failed") == MAX_ATTEMPTS


@pytest.mark.django_db
@pytest.mark.usefixtures("live")
def test_what_was_planned_for_an_undeliverable_address_is_canceled(customer: Customer) -> None:
    lead = add(customer, email="ada@cedar.com")
    message = MessageFactory.create(lead=lead)

    look(cedar(), DomainAnswer.REFUSES_MAIL)

    message.refresh_from_db()
    assert (message.status, message.held_code) == (MessageStatus.CANCELED, "undeliverable")
    lead.refresh_from_db()
    assert lead.address_flags == "refuses_mail"


@pytest.mark.django_db
@pytest.mark.usefixtures("live")
def test_a_published_address_says_where_it_came_from_and_calls_the_agents(
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


@pytest.mark.django_db
@pytest.mark.usefixtures("live")
def test_a_published_address_that_takes_no_mail_is_held(customer: Customer) -> None:
    lead = add(customer, website="https://cedar.com/")

    look(cedar(), DomainAnswer.REFUSES_MAIL)

    lead.refresh_from_db()
    assert (lead.email, lead.next_action_at) == ("front@cedar.com", None)
    assert (lead.address_check, lead.address_flags) == (AddressCheck.UNDELIVERABLE, "refuses_mail")


@pytest.mark.django_db
@pytest.mark.usefixtures("live")
def test_a_lead_that_was_closed_meanwhile_is_not_taken_up(customer: Customer) -> None:
    lead = add(customer, website="https://cedar.com/")

    def close() -> None:
        Lead.objects.filter(pk=lead.pk).move(source=LeadStatus.NEW, target=LeadStatus.CLOSED)

    look(cedar(), meanwhile=close)

    lead.refresh_from_db()
    assert (lead.status, lead.next_action_at) == (LeadStatus.CLOSED, None)
    assert lead.email == "front@cedar.com"


@pytest.mark.django_db
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


@pytest.mark.django_db
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

"""Research of a lead's own site and domain: published facts only, within a budget."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from accounts.models import Customer
from agents.addresses import DomainAnswer
from agents.models import Lead, Suppression
from agents.services.research import MAX_ATTEMPTS, research_next
from agents.services.source import Candidate, store_leads
from agents.sources.website import choose_address, read_site
from agents.states import AddressCheck, LeadStatus, SuppressionKind, SuppressionReason
from hossagent.lib.http import Answer, FetchFailed
from hossagent.lib.signing import stable_hash
from tests.conftest import NOON
from tests.factories import CustomerFactory, LeadFactory

if TYPE_CHECKING:
    from collections.abc import Callable

    from hossagent.lib import http

HOME = """
<html><head><meta name="description" content="Family dentists in Austin, open on Saturdays.">
<script type="application/ld+json">
{"@graph": [{"@type": "Dentist", "foundingDate": "1998-04-01", "email": "mailto:front@cedar.com",
 "address": {"addressLocality": "Austin"}}]}</script>
<script>var trap = "script@cedar.com"</script></head>
<body><a href="/contact-us">Write to us</a> <a href="/prices">Prices</a>
<a href="/secret/about">About us</a> <a href="https://other.com/contact">Partner contact</a>
<a href="http://[broken">contact</a>
<p>Site by studio@webdesigner.com</p></body></html>
"""
CONTACT = """
<p>Grace Kim, grace.kim@cedar.com</p><a href="mailto:INFO@cedar.com?subject=Hi">Mail</a>
<p>no-reply@cedar.com, broken@@cedar.com, cedarfamily@gmail.com</p>
"""
ROBOTS = "User-agent: *\nDisallow: /secret/\n"


@dataclass
class FakeWeb:
    """Pages by address; anything else is not found. Remembers what was asked."""

    pages: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __call__(self, url: str, *, limits: http.Limits) -> Answer:
        self.asked.append(url)
        page = self.pages.get(url, (404, ""))
        if isinstance(page, FetchFailed):
            raise page
        status, body = page if isinstance(page, tuple) else (200, page)
        return Answer(status, url, body.encode(), "text/html")


def cedar(**changes: Any) -> FakeWeb:
    pages = {
        "https://cedar.com/robots.txt": ROBOTS,
        "https://cedar.com/": HOME,
        "https://cedar.com/contact-us": CONTACT,
    }
    return FakeWeb({**pages, **changes})


def test_published_addresses_and_facts_are_read_with_their_page() -> None:
    web = cedar()

    report = read_site("https://cedar.com/", company="Cedar", now=NOON, fetch=web)

    assert report.code == "ok"
    assert [(found.email, found.url) for found in report.addresses] == [
        ("front@cedar.com", "https://cedar.com/"),
        ("info@cedar.com", "https://cedar.com/contact-us"),
        ("grace.kim@cedar.com", "https://cedar.com/contact-us"),
        ("no-reply@cedar.com", "https://cedar.com/contact-us"),
        ("cedarfamily@gmail.com", "https://cedar.com/contact-us"),
    ]
    assert [fact["text"] for fact in report.facts] == [
        "Cedar says of itself: Family dentists in Austin, open on Saturdays.",
        "Cedar was founded in 1998.",
        "Cedar is in Austin.",
    ]
    assert {fact["source"] for fact in report.facts} == {"https://cedar.com/"}
    # robots.txt first; no forbidden page, no other host, no page that tells nothing.
    assert web.asked == [
        "https://cedar.com/robots.txt",
        "https://cedar.com/",
        "https://cedar.com/contact-us",
    ]


@pytest.mark.parametrize(
    ("name", "email"),
    [
        ("Grace Kim", "grace.kim@cedar.com"),
        ("", "front@cedar.com"),
        ("Somebody Else", "front@cedar.com"),
    ],
)
def test_the_contacts_own_address_is_preferred(name: str, email: str) -> None:
    report = read_site("cedar.com", company="Cedar", now=NOON, fetch=cedar())

    chosen = choose_address(report, contact_name=name)

    assert chosen is not None
    assert chosen.email == email


@pytest.mark.parametrize(
    ("pages", "code"),
    [
        ({"https://cedar.com/robots.txt": "User-agent: HossAgent\nDisallow: /"}, "robots"),
        ({"https://cedar.com/robots.txt": (503, "")}, "robots"),
        ({"https://cedar.com/robots.txt": FetchFailed("address", "private")}, "address"),
        ({"https://cedar.com/": FetchFailed("wrong_type", "a picture")}, "wrong_type"),
        ({"https://cedar.com/": (500, "")}, "http_500"),
    ],
)
def test_a_site_that_is_not_to_be_read_says_why(pages: dict[str, Any], code: str) -> None:
    web = cedar(**pages)

    report = read_site("https://cedar.com/", company="Cedar", now=NOON, fetch=web)

    assert (report.code, report.addresses, report.facts) == (code, [], [])
    assert report.sentence


def test_no_more_pages_than_the_budget_are_read() -> None:
    links = "".join(f'<a href="/contact/{n}">c</a>' for n in range(20))
    pages = {f"https://cedar.com/contact/{n}": CONTACT for n in range(20)}
    web = cedar(**{"https://cedar.com/": links, **pages})

    report = read_site("https://cedar.com/", company="Cedar", now=NOON, fetch=web)

    assert len(report.pages) == 5


# --- The loop ----------------------------------------------------------------------------


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


def accepts(domain: str) -> DomainAnswer:
    return DomainAnswer.ACCEPTS


def look(web: FakeWeb, answer: DomainAnswer = DomainAnswer.ACCEPTS, *, days: int = 0) -> bool:
    now = NOON + timedelta(days=days)
    return research_next(now=now, fetch=web, ask_domain=lambda domain: answer)


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
        "The address's domain takes mail. Web site: 2 pages read, 3 facts, 5 published addresses."
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
        "Not looked at: it is on the do-not-contact list.",
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
    assert lead.research_result == "Not looked at: its outreach is over."


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
    assert lead.research_result == "Web site (timeout): No answer in time."


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

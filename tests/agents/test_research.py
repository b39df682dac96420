"""Research of a lead's own site and domain: published facts only, within a budget."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection

from accounts.models import Customer
from agents.addresses import DomainAnswer
from agents.models import Lead, Suppression
from agents.services.research import MAX_ATTEMPTS, research_next
from agents.services.source import Candidate, store_leads
from agents.sources.website import SiteReport, choose_address, read_site
from agents.states import (
    AddressCheck,
    LeadStatus,
    MessageStatus,
    SuppressionKind,
    SuppressionReason,
)
from hossagent.lib import http
from hossagent.lib.http import Answer, FetchFailed
from hossagent.lib.signing import stable_hash
from tests.conftest import NOON
from tests.factories import CustomerFactory, LeadFactory, MessageFactory

if TYPE_CHECKING:
    from collections.abc import Callable

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
class Redirect:
    to: str


@dataclass
class FakeWeb:
    """Pages by address, or where they lead to; anything else is not found.

    Remembers what was asked and within which limits.
    """

    pages: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    limits: list[http.Limits] = field(default_factory=list)

    def __call__(self, url: str, *, limits: http.Limits) -> Answer:
        self.asked.append(url)
        self.limits.append(limits)
        page = self.pages.get(url, (404, ""))
        if isinstance(page, Redirect):
            url, page = page.to, self.pages[page.to]
        if isinstance(page, Exception):
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
        ({"https://cedar.com/robots.txt": (503, "")}, "robots_down"),
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


def read(home: str, /, **pages: Any) -> tuple[SiteReport, FakeWeb]:
    web = cedar(**{"https://cedar.com/": home, **pages})
    return read_site("https://cedar.com/", company="Cedar", now=NOON, fetch=web), web


def addresses(home: str, /, **pages: Any) -> list[tuple[str, str]]:
    report, _ = read(home, **pages)
    assert report.code == "ok"
    return [(found.email, found.url.removeprefix("https://")) for found in report.addresses]


@pytest.mark.parametrize("page", [CONTACT, (404, ""), FetchFailed("timeout", "No answer.")])
def test_no_more_pages_than_the_budget_are_asked_for(page: Any) -> None:
    links = "".join(f'<a href="/contact/{n}">c</a>' for n in range(20))
    pages = {f"https://cedar.com/contact/{n}": page for n in range(20)}

    _, web = read(links, **pages)

    assert web.asked == [
        "https://cedar.com/robots.txt",
        "https://cedar.com/",
        *(f"https://cedar.com/contact/{n}" for n in range(4)),
    ]


def test_of_many_links_only_the_first_are_considered() -> None:
    hosts = [f"https://a{n}.cedar.com" for n in range(100)]
    links = "".join(f'<a href="{host}/contact">c</a>' for host in hosts)
    forbidden = {f"{host}/robots.txt": "User-agent: *\nDisallow: /" for host in hosts}

    _, web = read(links, **forbidden)

    assert len(web.asked) == 2 + 20


def test_every_question_is_limited_in_size_time_and_type() -> None:
    _, web = read(HOME)

    html = ("text/html", "application/xhtml+xml")
    page = http.Limits(seconds=8.0, bytes=1_000_000, redirects=3, content_types=html)
    assert web.limits == [http.Limits(seconds=5.0, bytes=500_000, redirects=3), page, page]


def test_a_robots_txt_that_is_not_there_forbids_nothing() -> None:
    missing = (404, "User-agent: *\nDisallow: /")

    report, _ = read(HOME, **{"https://cedar.com/robots.txt": missing})

    assert (report.code, len(report.pages)) == ("ok", 2)


def test_each_host_is_asked_for_its_own_robots_txt_once() -> None:
    links = '<a href="https://www.cedar.com/contact"></a><a href="https://www.cedar.com/team"></a>'
    pages = {
        "https://www.cedar.com/contact": CONTACT,
        "https://www.cedar.com/team": CONTACT,
        "https://www.cedar.com/robots.txt": "User-agent: *\nDisallow: /team",
        "https://help.cedar.com/robots.txt": (503, ""),
    }

    report, web = read(f'{links}<a href="https://help.cedar.com/contact"></a>', **pages)

    assert report.pages == ["https://cedar.com/", "https://www.cedar.com/contact"]
    assert web.asked == [
        "https://cedar.com/robots.txt",
        "https://cedar.com/",
        "https://www.cedar.com/robots.txt",
        "https://www.cedar.com/contact",
        "https://help.cedar.com/robots.txt",
    ]


def test_the_rules_hold_where_a_redirect_leads() -> None:
    www = "https://www.cedar.com/"
    pages = {
        "https://cedar.com/robots.txt": Redirect(f"{www}robots.txt"),
        f"{www}robots.txt": ROBOTS,
        www: '<a href="/team">Team</a><a href="/people">People</a><a href="/staff">Staff</a>'
        '<a href="/contact">Contact</a>',
        f"{www}team": Redirect(f"{www}secret/team"),
        f"{www}secret/team": CONTACT,
        f"{www}people": Redirect(f"{www}staff"),
        f"{www}contact": Redirect(f"{www}staff"),
        f"{www}staff": CONTACT,
    }
    web = cedar(**{"https://cedar.com/": Redirect(www), **pages})

    report = read_site("https://cedar.com/", company="Cedar", now=NOON, fetch=web)

    # Neither what is forbidden counts, nor one page twice.
    assert (report.code, report.pages) == ("ok", [www, f"{www}staff"])
    assert web.asked == [
        "https://cedar.com/robots.txt",
        "https://cedar.com/",
        f"{www}team",
        f"{www}people",
        f"{www}contact",
    ]
    forbidden, _ = read(HOME, **{"https://cedar.com/": Redirect(f"{www}secret/team"), **pages})
    assert (forbidden.code, forbidden.addresses) == ("robots", [])


def test_another_site_is_not_read_wherever_a_page_leads() -> None:
    parked = {"https://parking.com/": "<p>sales@parking.com</p>"}

    report, _ = read("", **{"https://cedar.com/": Redirect("https://parking.com/"), **parked})

    assert (report.code, report.addresses, report.pages) == ("elsewhere", [], [])
    assert report.sentence == "It leads to another site, parking.com."
    pages = {"https://cedar.com/contact-us": Redirect("https://parking.com/"), **parked}
    assert addresses(HOME, **pages) == [("front@cedar.com", "cedar.com/")]


def test_a_page_that_cannot_be_read_leaves_the_others() -> None:
    links = '<a href="/contact">Contact</a><a href="/team">Team</a>'
    pages = {
        "https://cedar.com/contact": FetchFailed("timeout", "No answer in time."),
        "https://cedar.com/team": "<p>ada@cedar.com</p>",
    }

    assert addresses(links, **pages) == [("ada@cedar.com", "cedar.com/team")]


@pytest.mark.parametrize(
    ("link", "asked"),
    [
        ('<a href="/p/7">Kontakt</a>', ["https://cedar.com/p/7"]),
        ('<a href="/kontakt#form">x</a><a href="/kontakt">x</a>', ["https://cedar.com/kontakt"]),
        ('<a href="/contact"></a>' * 2, ["https://cedar.com/contact"]),
        ('<a href="/#about">About us</a><a href="/">About us</a>', []),
        ('<a href="ftp://cedar.com/contact">x</a>', []),
        ('<a href="https://contact.com/contact">x</a>', []),
        ('<a href="https://a%5B@cedar.com/contact">x</a>', ["https://a%5B@cedar.com/contact"]),
        ('<a href="/prices">Prices</a><p>Contact</p>', []),
    ],
)
def test_only_links_of_the_site_that_tell_something_are_followed(
    link: str, asked: list[str]
) -> None:
    _, web = read(link)

    assert [url for url in web.asked if not url.endswith("/robots.txt")][1:] == asked


@pytest.mark.parametrize(
    ("html", "emails"),
    [
        ('<a href="MAILTO:ada%40cedar.com?subject=x">Mail</a>', ["ada@cedar.com"]),
        ("<p>ada@cedar.com</p><p>ADA@cedar.com</p>", ["ada@cedar.com"]),
        ("<p>ada..byron@cedar.com</p>", []),
        ("<p>ada@cedar.com.other.com, ada@mycedar.com</p>", []),
        ("<p>ada@mail.cedar.com</p>", ["ada@mail.cedar.com"]),
        ("<style>ada@cedar.com</style>", []),
        ("<noscript>ada@cedar.com</noscript>", []),
        ("<template>ada@cedar.com</template>", []),
        ("<svg>ada@cedar.com</svg>", []),
        ("</svg><p>ada@cedar.com</p>", ["ada@cedar.com"]),
        ("<svg></svg></svg><svg>ada@cedar.com</svg>", []),
        ("<!-- ada@cedar.com -->", []),
        ('<p title="ada@cedar.com">Ada</p>', []),
        # What was read before the parser gives up counts; so does a page that just ends.
        ("<p>ada@cedar.com</p><![nonsense[ <p>eva@cedar.com</p>", ["ada@cedar.com"]),
        ("<p>ada@cedar.com, R&D", ["ada@cedar.com"]),
    ],
)
def test_an_address_counts_when_people_see_it(html: str, emails: list[str]) -> None:
    assert addresses(html) == [(email, "cedar.com/") for email in emails]


def test_an_address_on_two_pages_came_from_the_first() -> None:
    home = '<a href="/contact-us">Contact</a><p>info@cedar.com</p>'
    contact = {"https://cedar.com/contact-us": "<p>INFO@cedar.com, ada@cedar.com</p>"}

    assert addresses(home, **contact) == [
        ("info@cedar.com", "cedar.com/"),
        ("ada@cedar.com", "cedar.com/contact-us"),
    ]


def data(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


@pytest.mark.parametrize(
    ("blocks", "emails", "facts"),
    [
        (data('[{"email": "ada@cedar.com"}]'), ["ada@cedar.com"], []),
        (data('{"@graph": {"email": "ada@cedar.com"}}'), ["ada@cedar.com"], []),
        (data('{"@graph": 5, "email": "ada@cedar.com"}'), ["ada@cedar.com"], []),
        (data('{"email": ["ada@cedar.com", 5]}'), ["ada@cedar.com"], []),
        (data('{"contactPoint": {"email": "mailto:ada@cedar.com"}}'), ["ada@cedar.com"], []),
        (
            data('{"employee": [{"email": "ada@cedar.com"}, "Bob"], "founder": 5}'),
            ["ada@cedar.com"],
            [],
        ),
        (data('{"review": {"author": {"email": "ada@cedar.com"}}}'), [], []),
        (data("{broken") + data('{"email": "ada@cedar.com"}'), ["ada@cedar.com"], []),
        (data("[" * 100_000) + data('{"email": "ada@cedar.com"}'), ["ada@cedar.com"], []),
        (data('{"foundingDate": "about 1998"}'), [], []),
        (data('{"foundingDate": "1998"}') * 2, [], ["Cedar was founded in 1998."]),
        (data('{"address": "Austin"}'), [], []),
        (data('{"address": {"addressLocality": ["Austin"]}}'), [], []),
        (data('{"address": {"addressLocality": " "}}'), [], []),
        (data('{"address": {"addressLocality": "Austin\\nTX"}}'), [], ["Cedar is in Austin TX."]),
        ('<meta name="Description" content="Dentists.">', [], ["Cedar says of itself: Dentists."]),
        (
            f'<meta name="description" content="{"x" * 300}">',
            [],
            [f"Cedar says of itself: {'x' * 200}."],
        ),
    ],
)
def test_what_a_page_says_to_machines_is_read_as_far_as_it_has_the_form(
    blocks: str, emails: list[str], facts: list[str]
) -> None:
    report, _ = read(blocks)

    assert [found.email for found in report.addresses] == emails
    assert report.facts == [
        {"text": text, "source": "https://cedar.com/", "at": NOON.isoformat()} for text in facts
    ]


@pytest.mark.parametrize("piece", ["<a ", "<!--", "<a href='", "</ ", "<p>"])
def test_a_page_made_to_take_long_is_read_in_time(piece: str) -> None:
    started = time.process_time()

    assert addresses(f"<p>ada@cedar.com</p>{piece * (200_000 // len(piece))}") == [
        ("ada@cedar.com", "cedar.com/")
    ]
    assert time.process_time() - started < 5


@pytest.mark.parametrize("start", ["http://[broken", "https://[::1", "http://a[b].com/"])
def test_a_start_that_is_no_address_is_said(start: str) -> None:
    web = FakeWeb()

    report = read_site(start, company="Cedar", now=NOON, fetch=web)

    assert (report.code, web.asked) == ("scheme", [])
    assert report.sentence == f"{start!r} is not a web address."


@pytest.mark.parametrize(
    ("emails", "name", "chosen"),
    [
        (["noreply@cedar.com"], "", None),
        (
            ["info@cedar.com", "cedarclinic@gmail.com", "team.kim@cedar.com"],
            "",
            "team.kim@cedar.com",
        ),
        (["info@cedar.com", "anna.li@cedar.com"], "Jo A. Li", "anna.li@cedar.com"),
        # Two letters of a name say nothing about an address that happens to hold them.
        (["grace@cedar.com", "julia@cedar.com"], "Li", "grace@cedar.com"),
        (["grace@cedar.com", "grace.kim@cedar.com"], "Grace Kim", "grace.kim@cedar.com"),
    ],
)
def test_of_published_addresses_the_most_personal_is_chosen(
    emails: list[str], name: str, chosen: str | None
) -> None:
    report, _ = read("".join(f"<p>{email}</p>" for email in emails))

    found = choose_address(report, contact_name=name)

    assert (found.email if found else None) == chosen


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
    assert (web.asked, lead.research_result) == ([], "Not looked at: its outreach is over.")


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
    assert lead.research_result == f"Web site ({code}): It failed."


@pytest.mark.django_db
@pytest.mark.usefixtures("live")
def test_a_silent_dns_is_asked_again_and_changes_no_check(customer: Customer) -> None:
    lead = add(customer, email="ada@cedar.com", evidence=[FACT])
    Lead.objects.filter(pk=lead.pk).update(address_check=AddressCheck.DELIVERABLE)

    tries = [look(cedar(), DomainAnswer.UNKNOWN, days=day) for day in range(MAX_ATTEMPTS + 1)]

    lead.refresh_from_db()
    assert tries == [True] * MAX_ATTEMPTS + [False]
    assert (lead.address_check, lead.next_action_at) == (AddressCheck.DELIVERABLE, NOON)
    assert lead.research_result == "The DNS gave no answer about the address's domain."


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
    assert strange.research_result == "Given up after 3 attempts."
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

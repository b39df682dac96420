"""Reading a company's own web site: what is asked, what counts, and what is left alone."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from agents.leads.website import SiteReport, choose_address, read_site
from hossagent.lib import http
from hossagent.lib.http import Answer, FetchFailed
from tests.conftest import NOON

if TYPE_CHECKING:
    pass

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

"""Reading a company's website: what is asked for, and what is left alone."""

from __future__ import annotations

from typing import Any

import pytest

from agents.leads.website import read_site
from hossagent.lib import http
from hossagent.lib.http import FetchFailed
from tests.conftest import NOON
from tests.fakes.website import (
    CONTACT,
    HOME,
    ROBOTS,
    FakeWeb,
    Redirect,
    cedar,
    published,
    read_cedar,
)


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


@pytest.mark.parametrize("page", [CONTACT, (404, ""), FetchFailed("timeout", "No answer.")])
def test_no_more_pages_than_the_budget_are_asked_for(page: Any) -> None:
    links = "".join(f'<a href="/contact/{n}">c</a>' for n in range(20))
    pages = {f"https://cedar.com/contact/{n}": page for n in range(20)}

    _, web = read_cedar(links, **pages)

    assert web.asked == [
        "https://cedar.com/robots.txt",
        "https://cedar.com/",
        *(f"https://cedar.com/contact/{n}" for n in range(4)),
    ]


def test_of_many_links_only_the_first_are_considered() -> None:
    hosts = [f"https://a{n}.cedar.com" for n in range(100)]
    links = "".join(f'<a href="{host}/contact">c</a>' for host in hosts)
    forbidden = {f"{host}/robots.txt": "User-agent: *\nDisallow: /" for host in hosts}

    _, web = read_cedar(links, **forbidden)

    assert len(web.asked) == 2 + 20


def test_every_question_is_limited_in_size_time_and_type() -> None:
    _, web = read_cedar(HOME)

    html = ("text/html", "application/xhtml+xml")
    page = http.Limits(seconds=8.0, bytes=1_000_000, redirects=3, content_types=html)
    assert web.limits == [http.Limits(seconds=5.0, bytes=500_000, redirects=3), page, page]


def test_a_robots_txt_that_is_not_there_forbids_nothing() -> None:
    missing = (404, "User-agent: *\nDisallow: /")

    report, _ = read_cedar(HOME, **{"https://cedar.com/robots.txt": missing})

    assert (report.code, len(report.pages)) == ("ok", 2)


def test_each_host_is_asked_for_its_own_robots_txt_once() -> None:
    links = '<a href="https://www.cedar.com/contact"></a><a href="https://www.cedar.com/team"></a>'
    pages = {
        "https://www.cedar.com/contact": CONTACT,
        "https://www.cedar.com/team": CONTACT,
        "https://www.cedar.com/robots.txt": "User-agent: *\nDisallow: /team",
        "https://help.cedar.com/robots.txt": (503, ""),
    }

    report, web = read_cedar(f'{links}<a href="https://help.cedar.com/contact"></a>', **pages)

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
    forbidden, _ = read_cedar(
        HOME, **{"https://cedar.com/": Redirect(f"{www}secret/team"), **pages}
    )
    assert (forbidden.code, forbidden.addresses) == ("robots", [])


def test_another_site_is_not_read_wherever_a_page_leads() -> None:
    parked = {"https://parking.com/": "<p>sales@parking.com</p>"}

    report, _ = read_cedar("", **{"https://cedar.com/": Redirect("https://parking.com/"), **parked})

    assert (report.code, report.addresses, report.pages) == ("elsewhere", [], [])
    assert report.sentence == "The page leads to another site, parking.com."
    pages = {"https://cedar.com/contact-us": Redirect("https://parking.com/"), **parked}
    assert published(HOME, **pages) == [("front@cedar.com", "cedar.com/")]


def test_a_page_that_cannot_be_read_leaves_the_others() -> None:
    links = '<a href="/contact">Contact</a><a href="/team">Team</a>'
    pages = {
        "https://cedar.com/contact": FetchFailed("timeout", "No answer in time."),
        "https://cedar.com/team": "<p>ada@cedar.com</p>",
    }

    assert published(links, **pages) == [("ada@cedar.com", "cedar.com/team")]


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
def test_only_telling_links_of_the_site_are_followed(link: str, asked: list[str]) -> None:
    _, web = read_cedar(link)

    assert [url for url in web.asked if not url.endswith("/robots.txt")][1:] == asked


@pytest.mark.parametrize("start", ["http://[broken", "https://[::1", "http://a[b].com/"])
def test_a_start_that_is_no_address_is_said(start: str) -> None:
    web = FakeWeb()

    report = read_site(start, company="Cedar", now=NOON, fetch=web)

    assert (report.code, web.asked) == ("scheme", [])
    assert report.sentence == f"{start!r} is not a web address."

"""A company's website in memory: pages by address, with what a stranger's server may do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from agents.leads.website import SiteReport, read_site
from hossagent.lib import http
from hossagent.lib.http import Answer
from tests.conftest import NOON

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
    """The site of a dentist, with these pages added or replaced."""
    pages = {
        "https://cedar.com/robots.txt": ROBOTS,
        "https://cedar.com/": HOME,
        "https://cedar.com/contact-us": CONTACT,
    }
    return FakeWeb({**pages, **changes})


def read_cedar(home: str, /, **pages: Any) -> tuple[SiteReport, FakeWeb]:
    """What the product reads of it when its first page is `home`."""
    web = cedar(**{"https://cedar.com/": home, **pages})
    return read_site("https://cedar.com/", company="Cedar", now=NOON, fetch=web), web


def published(home: str, /, **pages: Any) -> list[tuple[str, str]]:
    """The addresses that the product finds there, each with its page."""
    report, _ = read_cedar(home, **pages)
    assert report.code == "ok"
    return [(found.email, found.url.removeprefix("https://")) for found in report.addresses]

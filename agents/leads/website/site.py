"""Reading a company's own website: a handful of pages, and what they publish.

The first page is read, and those that call themselves contact, about or imprint. An address
counts when it stands on a page, as a link, as text or as JSON-LD.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from agents.leads.addresses import Address, Flag, read_address
from agents.leads.website.findings import addresses_on, facts_on, json_ld_items
from agents.leads.website.pages import forbidden, read_page, site_of, telling_links
from agents.leads.website.robots import Robots
from hossagent.lib import http
from hossagent.lib.text import registrable_domain

if TYPE_CHECKING:
    from datetime import datetime

    from agents.leads.website.pages import Page
    from agents.leads.website.robots import Fetch

# Pages asked for, whether they can be read or not, and links of the first one considered.
PAGES = 5
LINKS = 20


@dataclass(frozen=True, slots=True)
class Published:
    """An address and the page it stands on."""

    address: Address
    url: str

    @property
    def email(self) -> str:
        return self.address.email


@dataclass(slots=True)
class SiteReport:
    """What was read. `code` is one word: ok, robots, robots_down, or why no page could be read."""

    code: str = "ok"
    sentence: str = ""
    pages: list[str] = field(default_factory=list)
    addresses: list[Published] = field(default_factory=list)
    facts: list[dict[str, str]] = field(default_factory=list)


def read_site(start: str, *, company: str, now: datetime, fetch: Fetch = http.fetch) -> SiteReport:
    """Ask for at most `PAGES` pages of the site at `start`. Raises nothing."""
    start = start if "://" in start else f"https://{start}/"
    report = SiteReport()
    robots = Robots(fetch)
    try:
        if not robots.allow(start):
            raise forbidden()
        site = site_of(start)
        first = read_page(start, site=site, robots=robots, fetch=fetch)
    except http.FetchFailed as error:
        return SiteReport(error.code, str(error))
    _add_findings(report, first, site=site, company=company, now=now)
    asked = 1
    for url in islice(telling_links(first, site=site), LINKS):
        if asked >= PAGES:
            break
        try:
            if url in report.pages or not robots.allow(url):
                continue
            asked += 1
            page = read_page(url, site=site, robots=robots, fetch=fetch)
        except http.FetchFailed:
            continue  # one page less; the others still count
        if page.url not in report.pages:
            _add_findings(report, page, site=site, company=company, now=now)
    return report


def _add_findings(
    report: SiteReport, page: Page, *, site: str, company: str, now: datetime
) -> None:
    report.pages.append(page.url)
    known = {found.address.key for found in report.addresses}
    items = list(json_ld_items(page.content.data))
    for text in addresses_on(page.content, items):
        address = read_address(text)
        # A web designer's address in the footer is not the company's.
        is_own = registrable_domain(address.domain) == site or Flag.FREE_MAIL in address.flags
        if address.is_valid and is_own and address.key not in known:
            known.add(address.key)
            report.addresses.append(Published(address, page.url))
    told = {fact["text"] for fact in report.facts}
    for text in facts_on(page.content, items, company=company):
        if text not in told:
            told.add(text)
            report.facts.append({"text": text, "source": page.url, "at": now.isoformat()})


def choose_address(report: SiteReport, *, contact_name: str) -> Published | None:
    """The contact's own address when one of theirs is published, else the most personal."""
    names = [part for part in re.split(r"\W+", contact_name.lower()) if len(part) > 2]  # noqa: PLR2004 # initials say nothing
    usable = [found for found in report.addresses if Flag.SYSTEM not in found.address.flags]

    def rank(found: Published) -> tuple[int, int]:
        local = found.address.key.partition("@")[0]
        return (-sum(name in local for name in names), len(found.address.flags))

    return min(usable, key=rank, default=None)

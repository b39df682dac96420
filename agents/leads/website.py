"""What a company publishes about itself on its own web site: addresses and facts.

A handful of pages: the first one and those that call themselves contact, about or imprint.
Each host's robots.txt is asked first and obeyed (RFC 9309). An address counts when it
stands on a page, as a link, as text or as JSON-LD; none is ever put together from a name and
a domain.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote, urljoin, urlsplit

from protego import Protego

from agents.leads.addresses import Flag, read_address
from hossagent.lib import http
from hossagent.lib.mail_domains import is_free_mail
from hossagent.lib.text import registrable_domain, single_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

# Pages asked for, whether they can be read or not, and links of the first one considered.
PAGES = 5
LINKS = 20
PAGE_LIMITS = http.Limits(
    seconds=8.0, bytes=1_000_000, redirects=3, content_types=("text/html", "application/xhtml+xml")
)
ROBOTS_LIMITS = http.Limits(seconds=5.0, bytes=500_000, redirects=3)
_TELLING = re.compile(
    r"contact|kontakt|contatt|about|ueber|über|imprint|impressum|legal-notice|team|people|staff",
    re.IGNORECASE,
)
_IN_TEXT = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_SKIPPED = frozenset({"script", "style", "noscript", "template", "svg"})
_SERVER_ERROR = 500
_OK = range(200, 300)


class Fetch(Protocol):
    """`hossagent.lib.http.fetch`, or what stands for it."""

    def __call__(self, url: str, *, limits: http.Limits) -> http.Answer: ...


@dataclass(frozen=True, slots=True)
class Published:
    """An address and the page it stands on."""

    email: str
    url: str
    flags: tuple[Flag, ...] = ()


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
    rules = _Rules(fetch)
    try:
        if not rules.allow(start):
            raise _forbidden()
        site = _site(start)
        first = _read_page(start, site, rules, fetch)
    except http.FetchFailed as error:
        return SiteReport(error.code, str(error))
    _note(report, first, site=site, company=company, now=now)
    asked = 1
    for url in islice(_telling_links(first, site), LINKS):
        if asked >= PAGES:
            break
        try:
            if url in report.pages or not rules.allow(url):
                continue
            asked += 1
            page = _read_page(url, site, rules, fetch)
        except http.FetchFailed:
            continue  # one page less; the others still count
        if page.url not in report.pages:
            _note(report, page, site=site, company=company, now=now)
    return report


def choose_address(report: SiteReport, *, contact_name: str) -> Published | None:
    """The contact's own address when one of theirs is published, else the most personal."""
    names = [part for part in re.split(r"\W+", contact_name.lower()) if len(part) > 2]  # noqa: PLR2004 # initials say nothing
    usable = [found for found in report.addresses if Flag.SYSTEM not in found.flags]

    def rank(found: Published) -> tuple[int, int]:
        local = found.email.partition("@")[0].lower()
        return (-sum(name in local for name in names), len(found.flags))

    return min(usable, key=rank, default=None)


# --- Fetching --------------------------------------------------------------------------------


@dataclass(slots=True)
class Page:
    url: str
    content: PageContent


class _Rules:
    """The robots.txt of each host that is asked for something, read once."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._read: dict[str, Protego] = {}

    def allow(self, url: str) -> bool:
        """None published allows everything; raises `FetchFailed` where it is unreachable."""
        try:
            address = urljoin(url, "/robots.txt")
        except ValueError as error:
            raise http.FetchFailed("scheme", f"{url[:200]!r} is not a web address.") from error
        if address not in self._read:
            answer = self._fetch(address, limits=ROBOTS_LIMITS)
            if answer.status >= _SERVER_ERROR:
                raise http.FetchFailed(
                    "robots_down", "The site's robots.txt cannot be read at the moment."
                )
            text = answer.text if answer.status in _OK else ""
            # Not the standard library's reader: it takes the first rule that fits instead of
            # the longest, knows no `*` and no `$`, and raises on some of what strangers write.
            rules = Protego.parse(text.removeprefix("\ufeff"))
            # Where it was redirected to, it is that host's own.
            self._read |= {address: rules, answer.url: rules}
        return self._read[address].can_fetch(url, http.USER_AGENT)


def _forbidden() -> http.FetchFailed:
    return http.FetchFailed("robots", "The site's robots.txt asks not to be read.")


def _site(url: str) -> str:
    return registrable_domain(urlsplit(url).hostname or "")


def _read_page(url: str, site: str, rules: _Rules, fetch: Fetch) -> Page:
    """A page of `site`, wherever on it a redirect led to. Raises `FetchFailed`."""
    answer = fetch(url, limits=PAGE_LIMITS)
    if _site(answer.url) != site:
        raise http.FetchFailed("elsewhere", f"It leads to another site, {_site(answer.url)}.")
    if not rules.allow(answer.url):
        raise _forbidden()
    if answer.status not in _OK:
        raise http.FetchFailed(f"http_{answer.status}", f"The page answered {answer.status}.")
    content = PageContent()
    # The parser gives up on some broken declarations; what it read until then counts. It is
    # not told of the end: what is left open there would be searched again and again.
    with suppress(AssertionError):
        content.feed(f"{answer.text}\n")
    return Page(answer.url, content)


def _telling_links(page: Page, site: str) -> Iterator[str]:
    seen = {page.url}
    for href, words in page.content.links:
        try:
            url = urljoin(page.url, href).partition("#")[0]
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            continue
        is_telling = _TELLING.search(parts.path) or _TELLING.search(words)
        if url in seen or not is_telling or parts.scheme not in {"http", "https"}:
            continue
        if registrable_domain(host) == site:
            seen.add(url)
            yield url


# --- Reading -----------------------------------------------------------------------------------


class PageContent(HTMLParser):
    """Links, visible text, mail links, JSON-LD and the description of one page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[tuple[str, str]] = []
        self.mails: list[str] = []
        self.texts: list[str] = []
        self.data: list[str] = []
        self.description = ""
        self._href: str | None = None
        self._words: list[str] = []
        self._skipping = 0
        self._in_data = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "script" and "ld+json" in given.get("type", ""):
            self._in_data = True
            self.data.append("")
        elif tag in _SKIPPED:
            self._skipping += 1
        elif tag == "meta" and given.get("name", "").lower() == "description":
            self.description = self.description or given.get("content", "")
        elif tag == "a" and given.get("href"):
            self._open_link(given["href"])

    def _open_link(self, href: str) -> None:
        if href.lower().startswith("mailto:"):
            self.mails.append(unquote(href[7:].partition("?")[0]))
            return
        self._href, self._words = href, []

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self._in_data:
            self._in_data = False
        elif tag in _SKIPPED:
            self._skipping = max(self._skipping - 1, 0)
        elif tag == "a" and self._href is not None:
            self.links.append((self._href, " ".join(self._words)))
            self._href = None

    def handle_data(self, data: str) -> None:
        if self._in_data:
            self.data[-1] += data
        elif not self._skipping:
            self.texts.append(data)
            if self._href is not None:
                self._words.append(data)


def _note(report: SiteReport, page: Page, *, site: str, company: str, now: datetime) -> None:
    report.pages.append(page.url)
    known = {found.email.lower() for found in report.addresses}
    items = list(_objects(page.content.data))
    for text in _addresses_on(page.content, items):
        address = read_address(text)
        domain = address.email.rpartition("@")[2].lower()
        # A web designer's address in the footer is not the company's.
        is_own = registrable_domain(domain) == site or is_free_mail(domain)
        if address.is_valid and is_own and address.email.lower() not in known:
            known.add(address.email.lower())
            report.addresses.append(Published(address.email, page.url, address.flags))
    told = {fact["text"] for fact in report.facts}
    for text in _facts_on(page.content, items, company):
        if text not in told:
            told.add(text)
            report.facts.append({"text": text, "source": page.url, "at": now.isoformat()})


# Whose address stands with an organisation's own (schema.org): its desks and its people.
_HOLDERS = ("contactPoint", "employee", "founder")


def _addresses_on(content: PageContent, items: Iterable[dict[str, Any]]) -> Iterator[str]:
    yield from content.mails
    for item in items:
        for holder in (item, *(one for name in _HOLDERS for one in _listed(item.get(name)))):
            emails = _listed(holder.get("email")) if isinstance(holder, dict) else []
            yield from (one.removeprefix("mailto:") for one in emails if isinstance(one, str))
    for text in content.texts:
        if "@" in text:
            yield from _IN_TEXT.findall(text)


def _listed(value: Any) -> list[Any]:
    """JSON-LD writes one value without the list around it."""
    return value if isinstance(value, list) else [value]


def _facts_on(content: PageContent, items: Iterable[dict[str, Any]], company: str) -> Iterator[str]:
    described = single_line(content.description, 200).rstrip(".")
    if described:
        yield f"{company} says of itself: {described}."
    for item in items:
        founded = str(item.get("foundingDate", ""))[:4]
        if founded.isdecimal():
            yield f"{company} was founded in {founded}."
        address = item.get("address")
        town = address.get("addressLocality") if isinstance(address, dict) else None
        if isinstance(town, str) and town.strip():
            yield f"{company} is in {single_line(town, 80)}."


def _objects(blocks: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Every object of the page's JSON-LD, nested ones of `@graph` included."""
    for block in blocks:
        try:
            found = json.loads(block)
        except (ValueError, RecursionError):
            continue
        waiting = [found]
        while waiting:
            value = waiting.pop()
            if isinstance(value, list):
                waiting += value
            elif isinstance(value, dict):
                yield value
                waiting.append(value.get("@graph"))

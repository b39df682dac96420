"""One page of a site: asked for within limits, read as far as people see it, and its links."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

from hossagent.lib import http
from hossagent.lib.text import registrable_domain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents.leads.website.robots import Fetch, Robots

LIMITS = http.Limits(
    seconds=8.0, bytes=1_000_000, redirects=3, content_types=("text/html", "application/xhtml+xml")
)
_TELLING = re.compile(
    r"contact|kontakt|contatt|about|ueber|über|imprint|impressum|legal-notice|team|people|staff",
    re.IGNORECASE,
)
_SKIPPED = frozenset({"script", "style", "noscript", "template", "svg"})
_OK = range(200, 300)


@dataclass(slots=True)
class Page:
    url: str
    content: PageContent


def site_of(url: str) -> str:
    """The domain that the site's owner registered."""
    return registrable_domain(urlsplit(url).hostname or "")


def read_page(url: str, *, site: str, robots: Robots, fetch: Fetch) -> Page:
    """A page of `site`, wherever on it a redirect led to. Raises `FetchFailed`."""
    answer = fetch(url, limits=LIMITS)
    if site_of(answer.url) != site:
        raise http.FetchFailed(
            "elsewhere", f"The page leads to another site, {site_of(answer.url)}."
        )
    if not robots.allow(answer.url):
        raise forbidden()
    if answer.status not in _OK:
        raise http.FetchFailed(f"http_{answer.status}", f"The page answered {answer.status}.")
    content = PageContent()
    # The parser gives up on some broken declarations; what it read until then counts. It is
    # not told of the end: what is left open there would be searched again and again.
    with suppress(AssertionError):
        content.feed(f"{answer.text}\n")
    return Page(answer.url, content)


def forbidden() -> http.FetchFailed:
    return http.FetchFailed("robots", "The site's robots.txt does not allow us to read it.")


def telling_links(page: Page, *, site: str) -> Iterator[str]:
    """The links to other pages of the site that call themselves contact, about or imprint."""
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

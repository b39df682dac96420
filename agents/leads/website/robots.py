"""Each host's robots.txt is asked first and obeyed (RFC 9309)."""

from __future__ import annotations

from typing import Protocol
from urllib.parse import urljoin

from protego import Protego

from hossagent.lib import http

LIMITS = http.Limits(seconds=5.0, bytes=500_000, redirects=3)
_SERVER_ERROR = 500
_OK = range(200, 300)


class Fetch(Protocol):
    """`hossagent.lib.http.fetch`, or what stands for it."""

    def __call__(self, url: str, *, limits: http.Limits) -> http.Answer: ...


class Robots:
    """The robots.txt of each host that is asked for something, read once."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._rules: dict[str, Protego] = {}

    def allow(self, url: str) -> bool:
        """True where none is published. Raises `FetchFailed` where it cannot be read."""
        try:
            address = urljoin(url, "/robots.txt")
        except ValueError as error:
            raise http.FetchFailed("scheme", f"{url[:200]!r} is not a web address.") from error
        if address not in self._rules:
            answer = self._fetch(address, limits=LIMITS)
            if answer.status >= _SERVER_ERROR:
                raise http.FetchFailed(
                    "robots_down", "The site's robots.txt cannot be read at the moment."
                )
            text = answer.text if answer.status in _OK else ""
            # Not the standard library's reader: it takes the first rule that fits instead of
            # the longest, knows no `*` and no `$`, and raises on some of what strangers write.
            rules = Protego.parse(text.removeprefix("\ufeff"))
            # The host that it was redirected to has the same one.
            self._rules |= {address: rules, answer.url: rules}
        return self._rules[address].can_fetch(url, http.USER_AGENT)

"""Leads from an HTTP API: one JSON question per page, by docs/reference/lead_search_api.md.

Whatever the other side does (slow, wrong, huge, rude), the outcome is a `Found` or a
`ProviderFailed` with one word for the log. The API's key is sent to its own host alone.
"""

from __future__ import annotations

import json
import logging
import random
import time
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Protocol

from agents.leads.providers.base import Candidate, Found, ProviderFailed, Rejected
from hossagent.lib import http
from hossagent.lib.text import single_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

logger = logging.getLogger("agents.leads")

LIMITS = http.Limits(
    seconds=15.0, bytes=2_000_000, redirects=0, content_types=("application/json",)
)
# Pages of one search, and tries of one page.
MAX_PAGES = 5
MAX_TRIES = 3
# Seconds. A longer pause is left to the next cycle, because workers do not sleep.
LONGEST_PAUSE = 5.0
_WORTH_ANOTHER_TRY = frozenset({408, 425, 429, 500, 502, 503, 504})
_NOT_ALLOWED = frozenset({401, 403})
_TOO_MANY = 429
# Seconds of a wait that the API may ask for.
_LONGEST_WAIT = 86_400
_TEXT_FIELDS = (
    *("company", "contact_name", "contact_title", "email", "website"),
    *("phone", "location", "country", "timezone", "reason"),
)


class Fetch(Protocol):
    """`hossagent.lib.http.fetch`, or what stands for it."""

    def __call__(
        self,
        url: str,
        *,
        limits: http.Limits,
        method: str,
        headers: Mapping[str, str],
        body: bytes,
        is_trusted: bool,
    ) -> http.Answer: ...


@dataclass(frozen=True, slots=True)
class SearchApi:
    """A search API of our contract, or of another shape that `paths` maps to it."""

    url: str
    key: str
    paths: Mapping[str, str] = field(default_factory=dict)
    fetch: Fetch = http.fetch
    sleep: Callable[[float], None] = time.sleep
    name: str = "SEARCH_API"

    def find(self, *, niche: str, geography: str, wanted: int, cursor: str) -> Found:
        """Ask for pages until `wanted` candidates are there, the API has no more, or
        `MAX_PAGES` are read.

        A page that fails after others succeeded ends the search with what there is. Its
        cursor is asked for again next time.
        """
        candidates: list[Candidate] = []
        rejected: list[Rejected] = []
        position: str | None = cursor
        for _ in range(MAX_PAGES):
            question = {
                "niche": niche,
                "geography": geography,
                "limit": wanted - len(candidates),
                "cursor": position or None,
            }
            try:
                page = self._page(question)
            except ProviderFailed as error:
                if not candidates:
                    raise
                note = f"A later page failed: {error}"
                return Found(candidates, position, rejected, note)
            candidates += page.candidates[: wanted - len(candidates)]
            rejected += page.rejected
            if page.next_cursor == position:
                return Found(candidates, None, rejected, "The API returned the same cursor again.")
            position = page.next_cursor
            if position is None or len(candidates) >= wanted:
                break
        return Found(candidates, position, rejected)

    # --- One page ----------------------------------------------------------------------

    def _page(self, question: Mapping[str, Any]) -> Found:
        failure = ProviderFailed("UNASKED", "The API was not asked.")
        for attempt in range(MAX_TRIES):
            try:
                return self._ask(question)
            except ProviderFailed as error:
                failure = error
            pause = max(failure.retry_after_seconds, random.uniform(0.2, 0.6) * 2**attempt)  # noqa: S311 # jitter, not a secret
            if not _is_temporary(failure.status) or pause > LONGEST_PAUSE:
                break
            if attempt + 1 < MAX_TRIES:
                self.sleep(pause)
        raise failure

    def _ask(self, question: Mapping[str, Any]) -> Found:
        try:
            answer = self.fetch(
                self.url,
                limits=LIMITS,
                method="POST",
                headers={
                    "Authorization": f"Bearer {self.key}",
                    "Accept": "application/json",
                    "Content-Type": "application/json",
                },
                body=json.dumps(question).encode(),
                is_trusted=True,
            )
        except http.FetchFailed as error:
            raise ProviderFailed(error.code.upper(), str(error)) from error
        if not 200 <= answer.status < 300:  # noqa: PLR2004 # HTTP's own numbers
            raise _failure(answer)
        try:
            payload = json.loads(answer.body)
        except (ValueError, RecursionError) as error:
            raise ProviderFailed("BAD_JSON", "The answer is not complete JSON.") from error
        return self._read(payload)

    def _read(self, payload: object) -> Found:
        leads = _at(payload, self._path("leads"))
        if not isinstance(leads, list):
            raise ProviderFailed("BAD_SHAPE", "The answer contains no list of leads.")
        candidates: list[Candidate] = []
        rejected: list[Rejected] = []
        for item in leads:
            found = self._candidate(item)
            if isinstance(found, Candidate):
                candidates.append(found)
            else:
                rejected.append(found)
        following = _at(payload, self._path("next_cursor"))
        is_cursor = isinstance(following, str | int) and not isinstance(following, bool)
        return Found(
            candidates, str(following)[:500] if is_cursor and following else None, rejected
        )

    def _candidate(self, item: object) -> Candidate | Rejected:
        if not isinstance(item, dict):
            return Rejected("An entry in the answer", "It is not an object with fields.")
        values: dict[str, str] = {}
        for name in _TEXT_FIELDS:
            value = _at(item, self._path(name))
            if value is None or isinstance(value, str | int | float):
                values[name] = "" if value is None else str(value)[:2_000]
                continue
            who = single_line(str(item.get("company") or item.get("email") or "An entry"), 120)
            return Rejected(who, f"Its field {name} is not text.")
        return Candidate(
            **values,
            evidence=_evidence(_at(item, self._path("evidence"))),
            provenance={"provider": self.name, "id": str(item.get("id", ""))[:100]},
        )

    def _path(self, name: str) -> str:
        return self.paths.get(name, name)


def _at(value: object, path: str) -> object:
    """`organization.name` in nested objects; None where there is nothing."""
    for part in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value


def _evidence(value: object) -> list[dict[str, Any]]:
    facts = value if isinstance(value, list) else []
    return [
        {name: str(fact[name])[:500] for name in ("text", "source", "at") if fact.get(name)}
        for fact in facts[:20]
        if isinstance(fact, dict) and isinstance(fact.get("text"), str)
    ]


# --- Errors ------------------------------------------------------------------------------


def _is_temporary(status: str) -> bool:
    if status.isdecimal():
        return int(status) in _WORTH_ANOTHER_TRY
    return status in {"TIMEOUT", "CONNECT", "PROTOCOL", "BAD_JSON"}


def _failure(answer: http.Answer) -> ProviderFailed:
    words = _error_words(answer)
    if answer.status in _NOT_ALLOWED:
        sentence = "The API refuses the key. Check LEAD_SEARCH_API_KEY."
    elif answer.status == _TOO_MANY:
        sentence = "The API asks for fewer requests."
    else:
        sentence = f"The API answered {answer.status}."
    return ProviderFailed(
        str(answer.status),
        f"{sentence} {words}".strip(),
        retry_after_seconds=_retry_after(answer.headers),
    )


def _error_words(answer: http.Answer) -> str:
    """The message of an error in the contract's form; other pages are not quoted."""
    try:
        message = _at(json.loads(answer.body), "error.message")
    except (ValueError, RecursionError):
        return ""
    return f"It says: {single_line(message, 200)}" if isinstance(message, str) else ""


def _retry_after(headers: Mapping[str, str]) -> int:
    """Seconds of a Retry-After header in either form (RFC 9110, 10.2.3); 0 without one."""
    value = headers.get("retry-after", "").strip()
    if value.isdecimal():
        # Of a number without end Python reads none; so many digits are more than enough.
        return min(int(value[:9]), _LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(value)
        sent = parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, OverflowError):
        return 0
    if until.tzinfo is None or sent.tzinfo is None:
        until, sent = until.replace(tzinfo=UTC), sent.replace(tzinfo=UTC)
    return min(max(int((until - sent).total_seconds()), 0), _LONGEST_WAIT)


def parse_paths(pairs: tuple[str, ...]) -> dict[str, str]:
    """LEAD_SEARCH_FIELDS as a mapping: field → dotted path."""
    return {name.strip(): path.strip() for name, _, path in (pair.partition("=") for pair in pairs)}

"""The contract of docs/reference/lead_search_api.md over fictional leads: JSON for a question."""

from __future__ import annotations

import hmac
import json
from dataclasses import asdict, dataclass
from typing import Any

from agents.leads.providers.dummy_seed import DummySeed

MAX_LIMIT = 50
MAX_QUESTION_BYTES = 20_000


class ApiError(Exception):
    """The question breaks the contract; the text says how."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code

    def payload(self) -> dict[str, Any]:
        """The answer that tells it, in the contract's form."""
        return {"error": {"code": self.code, "message": str(self)}}


@dataclass(frozen=True, slots=True)
class Api:
    """Answers whoever has the `key`, with at most `total` leads over all pages of a search."""

    key: str
    total: int

    def handle(self, *, authorization: str, body: bytes | None) -> dict[str, Any]:
        """One page of leads. `body` is None when it is too large to be read. Raises
        `ApiError`."""
        if not hmac.compare_digest(authorization.encode(), f"Bearer {self.key}".encode()):
            raise ApiError(401, "unauthorized", "The key is missing or wrong.")
        if body is None:
            raise ApiError(413, "too_large", "The question is too large.")
        try:
            question = json.loads(body)
        except ValueError as error:
            raise ApiError(400, "bad_question", "The body must be JSON.") from error
        return self._page(question)

    def _page(self, question: object) -> dict[str, Any]:
        niche, geography, limit, start = _read_question(question)
        wanted = min(limit, MAX_LIMIT, max(self.total - start, 0))
        found = DummySeed(seed="reference").find(
            niche=niche, geography=geography, wanted=wanted, cursor=str(start)
        )
        leads = []
        for candidate in found.candidates:
            fields = asdict(candidate)
            provenance = fields.pop("provenance")
            leads.append({"id": str(provenance["number"]), **fields})
        following = found.next_cursor if start + wanted < self.total else None
        return {"leads": leads, "next_cursor": following}


def _read_question(question: object) -> tuple[str, str, int, int]:
    """(niche, geography, limit, number of the first lead). Raises `ApiError`."""
    if not isinstance(question, dict):
        raise _bad_question("The body must be a JSON object.")
    niche, geography = question.get("niche"), question.get("geography", "")
    limit, cursor = question.get("limit", 10), question.get("cursor") or "0"
    if not isinstance(niche, str) or not niche.strip() or not isinstance(geography, str):
        raise _bad_question("niche must be text; geography must be text where given.")
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
        raise _bad_question("limit must be a whole number above zero.")
    if not isinstance(cursor, str) or not cursor.isdecimal():
        raise _bad_question("cursor must be one that this API gave out.")
    return niche, geography, limit, int(cursor)


def _bad_question(message: str) -> ApiError:
    return ApiError(400, "bad_question", message)

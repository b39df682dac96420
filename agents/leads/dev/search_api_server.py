"""A server that speaks the lead search contract, on loopback, with made-up leads.

For demonstrations and tests, and as a model for whoever puts a real source behind the
contract. Written on the standard library alone; not meant for the open internet.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from agents.leads.providers.dummy_seed import DummySeed

MAX_LIMIT = 50
MAX_QUESTION_BYTES = 20_000


class BadQuestion(Exception):
    """The question breaks the contract; the text says how."""


def answer_question(question: object, *, total: int) -> dict[str, Any]:
    """One page of the contract, with at most `total` leads over all pages."""
    if not isinstance(question, dict):
        raise BadQuestion("The body must be a JSON object.")
    niche, geography = question.get("niche"), question.get("geography", "")
    limit, cursor = question.get("limit", 10), question.get("cursor") or "0"
    if not isinstance(niche, str) or not niche.strip() or not isinstance(geography, str):
        raise BadQuestion("niche must be text; geography must be text where given.")
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
        raise BadQuestion("limit must be a whole number above zero.")
    if not isinstance(cursor, str) or not cursor.isdecimal():
        raise BadQuestion("cursor must be one that this API gave out.")
    wanted = min(limit, MAX_LIMIT, max(total - int(cursor), 0))
    found = DummySeed(seed="reference").find(
        niche=niche, geography=geography, wanted=wanted, cursor=cursor
    )
    leads = []
    for candidate in found.candidates:
        fields = asdict(candidate)
        provenance = fields.pop("provenance")
        leads.append({"id": str(provenance["number"]), **fields})
    following = found.next_cursor if int(cursor) + wanted < total else None
    return {"leads": leads, "next_cursor": following}


class Handler(BaseHTTPRequestHandler):
    """POST with a bearer key; everything else is an error in the contract's form."""

    server: ReferenceServer
    timeout = 30

    def do_POST(self) -> None:
        given = self.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self.server.key}".encode()):
            self.reply(401, error("unauthorized", "The key is missing or wrong."))
            return
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MAX_QUESTION_BYTES:
            self.reply(413, error("too_large", "The question is too large."))
            return
        try:
            page = answer_question(
                json.loads(self.rfile.read(int(length))), total=self.server.total
            )
        except BadQuestion as problem:
            self.reply(400, error("bad_question", str(problem)))
        except ValueError:
            self.reply(400, error("bad_question", "The body must be JSON."))
        else:
            self.reply(200, page)

    def do_GET(self) -> None:
        self.reply(405, error("method", "Ask with POST."))

    def reply(self, status: int, payload: dict[str, Any]) -> None:
        body = json.dumps(payload).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 # the base class's name
        """Quiet: the command that starts the server says what there is to say."""


def error(code: str, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


class ReferenceServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(
        self, *, key: str, port: int = 0, total: int = 10_000, handler: type[Handler] = Handler
    ) -> None:
        super().__init__(("127.0.0.1", port), handler)
        self.key = key
        self.total = total

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/leads"

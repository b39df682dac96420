"""The pretend lead search API as a server on loopback."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from agents.leads.dev.api import MAX_QUESTION_BYTES, Api, ApiError


class Handler(BaseHTTPRequestHandler):
    """POST with a bearer key; everything else is an error in the contract's form."""

    server: StandIn
    timeout = 30

    def do_POST(self) -> None:
        try:
            page = self.server.api.handle(
                authorization=self.headers.get("Authorization", ""), body=self._body()
            )
        except ApiError as error:
            self.reply(error.status, error.payload())
        else:
            self.reply(200, page)

    def _body(self) -> bytes | None:
        """None when it is too large, or does not say how large it is."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MAX_QUESTION_BYTES:
            return None
        return self.rfile.read(int(length))

    def do_GET(self) -> None:
        self.reply(405, ApiError(405, "method", "Ask with POST.").payload())

    def reply(self, status: int, payload: dict[str, Any]) -> None:
        body = json.dumps(payload).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 # the base class's name
        """Quiet: the command that starts the server says what there is to say."""


class StandIn(ThreadingHTTPServer):
    """The server; `url` is where it answers."""

    daemon_threads = True

    def __init__(
        self, *, key: str, port: int = 0, total: int = 10_000, handler: type[Handler] = Handler
    ) -> None:
        super().__init__(("127.0.0.1", port), handler)
        self.api = Api(key, total)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/leads"

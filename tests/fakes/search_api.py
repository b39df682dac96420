"""The pretend search API, with the faults that real ones have: one per server."""

from __future__ import annotations

import contextlib
import json
import time
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

from agents.leads.dev.api import ApiError
from agents.leads.dev.server import Handler, StandIn

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "sk-search-0123456789"


class FaultyHandler(Handler):
    """Counts its questions; `fault` names what goes wrong, `server.faults` how often."""

    server: FaultyServer

    def do_POST(self) -> None:  # noqa: N802 # the base class calls it so
        self.server.asked += 1
        if self.server.faults <= 0:
            super().do_POST()
            return
        self.server.faults -= 1
        getattr(self, f"fault_{self.server.fault}")()

    def raw(self, status: int, body: bytes, content_type: str = "application/json") -> None:
        # Closing with the question unread would reset the connection now and then.
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        # Without a Date of its own, so that a test may give one.
        self.send_response_only(status)
        self.send_header("Content-Type", content_type)
        for name, value in self.server.extra_headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def fault_slow(self) -> None:
        time.sleep(1.0)
        super().do_POST()

    def fault_drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        # Whoever asked hangs up in the middle of it.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for _ in range(40):
                self.wfile.write(b" ")
                self.wfile.flush()
                time.sleep(0.05)

    def fault_429(self) -> None:
        self.reply_with(429, "slow_down")

    def fault_500(self) -> None:
        self.reply_with(500, "oops")

    def fault_expired_key(self) -> None:
        self.reply_with(401, "expired")

    def reply_with(self, status: int, code: str) -> None:
        answer = ApiError(status, code, f"about {code}").payload()
        self.raw(status, json.dumps(answer).encode())

    def fault_truncated(self) -> None:
        self.raw(200, b'{"leads": [{"company": "Acm')

    def fault_closed(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b'{"leads": [')
        self.close_connection = True

    def fault_wrong_types(self) -> None:
        self.raw(
            200,
            b'{"leads": [7, null, {"company": ["x"]}, {"company": "Ok", "email": "a@ok.com"},'
            b' {"company": "Odd", "email": "b@odd.com", "evidence": "none", "phone": 5}],'
            b' "next_cursor": {"page": 2}}',
        )

    def fault_elsewhere(self) -> None:
        self.raw(
            200,
            b'{"leads": [{"company": "Kanzlei", "email": "a@k.de", "country": "Germany"},'
            b' {"company": "Nobody"}, {"company": "Here", "email": "a@here.com",'
            b' "location": "Austin, TX", "evidence": [{"text": "Here has two chairs."}]}]}',
        )

    def fault_bad_characters(self) -> None:
        self.raw(
            200,
            b'{"leads": [{"id": "7\\u0000", "company": "A\\u0000cme\\ud800", "email": "a@acme.com",'
            b' "evidence": [{"text": "Two\\u0000 chairs.", "source": "x\\ud800",'
            b' "at": "\\u0000"}]}],'
            b' "next_cursor": "\\u0000"}',
        )

    def fault_no_list(self) -> None:
        self.raw(200, b'{"leads": {"company": "x"}}')

    def fault_html(self) -> None:
        self.raw(200, b"<html>Welcome to the hotel network</html>", "text/html")

    def fault_huge(self) -> None:
        self.raw(200, b'{"leads": [' + b" " * 3_000_000 + b"]}")

    def fault_deep(self) -> None:
        self.raw(200, b"[" * 500_000)

    def fault_redirect(self) -> None:
        self.raw(302, b"")


class FaultyServer(StandIn):
    def __init__(self, fault: str = "", *, times: int = 1_000, total: int = 10_000) -> None:
        super().__init__(key=KEY, total=total, handler=FaultyHandler)
        self.fault = fault
        self.faults = times if fault else 0
        self.asked = 0
        self.extra_headers: dict[str, str] = {}


@contextmanager
def serving(server: FaultyServer) -> Iterator[FaultyServer]:
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

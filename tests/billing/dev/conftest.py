"""A pretend Stripe that runs, a site that receives its webhooks, and a browser."""

from __future__ import annotations

import queue
import threading
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from billing import gateway
from billing.dev.server import StandIn
from tests.conftest import NOON
from tests.fakes.stripe import API_KEY, WEBHOOK_SECRET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Inbox:
    """A site that receives webhooks."""

    def __init__(self) -> None:
        received: queue.Queue[tuple[str, str]] = queue.Queue()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                received.put((body, self.headers["Stripe-Signature"]))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self.received = received
        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/stripe/webhook"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def browse(url: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
    """Status, body and Location."""
    data = urllib.parse.urlencode(form).encode() if form is not None else None
    opener = urllib.request.build_opener(NoRedirect())
    try:
        answer = opener.open(url, data=data, timeout=5)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return answer.status, answer.read().decode(), answer.headers.get("Location") or ""


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    box = Inbox()
    yield box
    box.server.shutdown()
    box.server.server_close()


@pytest.fixture
def stand_in(
    inbox: Inbox, configure: Callable[..., None], tmp_path: Path, db: None
) -> Iterator[StandIn]:
    running = StandIn(
        clock=lambda: NOON,
        port=0,
        webhook_url=inbox.url,
        webhook_secret=WEBHOOK_SECRET,
        state=tmp_path / "state.json",
    )
    running.start()
    configure(
        ENABLE_STRIPE=True,
        STRIPE_API_KEY=API_KEY,
        STRIPE_WEBHOOK_SECRET=WEBHOOK_SECRET,
        STRIPE_API_BASE=running.base_url,
    )
    yield running
    running.stop()
    gateway.http_client().close()  # type: ignore[no-untyped-call] # the SDK's

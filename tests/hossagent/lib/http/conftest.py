"""A web site on this machine that can play a public one."""

from __future__ import annotations

import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from hossagent.lib.http import addresses, client, connections

if TYPE_CHECKING:
    from collections.abc import Iterator


class Site(BaseHTTPRequestHandler):
    """`/redirect?TARGET`, `/late?TARGET`, `/big`, `/slow-head` and so on, else a page."""

    server: Any

    def do_GET(self) -> None:
        self.server.seen.append((self.path, dict(self.headers)))
        name = self.path.partition("?")[0].strip("/").replace("-", "_")
        getattr(self, f"page_{name}", self.page)()

    def page(self) -> None:
        self.answer(200, "Grüße".encode("latin-1"), "text/html; charset=latin-1")

    def page_redirect(self) -> None:
        self.send_response(302)
        self.send_header("Location", self.path.partition("?")[2])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def page_late(self) -> None:
        time.sleep(1.5)
        self.page_redirect()

    def page_silent(self) -> None:
        time.sleep(3)

    def page_missing(self) -> None:
        self.answer(404, b"No such page", "text/plain")

    def page_loop(self) -> None:
        self.path = "/x?/loop"
        self.page_redirect()

    def page_big(self) -> None:
        self.answer(200, b"x" * 20_000, "text/html")

    def page_gzip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", "1")
        self.end_headers()
        self.wfile.write(b"x")

    def page_slow_head(self) -> None:
        for letter in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 40:
            self.wfile.write(bytes([letter]))
            self.wfile.flush()
            time.sleep(0.05)

    def page_slow_body(self) -> None:
        self.send_response(200)
        self.end_headers()
        for _ in range(40):
            self.wfile.write(b"x")
            self.wfile.flush()
            time.sleep(0.05)

    def page_nonsense(self) -> None:
        self.wfile.write(b"SSH-2.0-OpenSSH\r\n")
        self.close_connection = True

    def answer(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 # the base class's name
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are what these tests are about."""


@pytest.fixture
def site() -> Iterator[Any]:
    server = Server(("127.0.0.1", 0), Site)
    server.seen = []  # type: ignore[attr-defined] # read back by the tests
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def open_web(site: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """The loopback server plays a public site named open.com; nothing else changes."""
    real = addresses.is_public_address
    monkeypatch.setattr(client, "PUBLIC_PORTS", (80, 443, site.server_port))
    monkeypatch.setattr(connections, "is_public_address", lambda ip: ip == "127.0.0.1" or real(ip))
    names = {"open.com": ["127.0.0.1"], "inner.com": ["10.0.0.5"]}
    monkeypatch.setattr(
        addresses, "resolve", lambda host, _port: names.get(host) or [host.strip("[]")]
    )
    return f"http://open.com:{site.server_port}"

"""Outgoing HTTP never reaches a private network, and ends in time and size."""

from __future__ import annotations

import socket
import ssl
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import httpcore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from hossagent.lib import http
from hossagent.lib.http import FetchFailed, Limits, fetch, is_public_address

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LIMITS = Limits(seconds=0.5, bytes=10_000, redirects=2)


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
    real = http.is_public_address
    monkeypatch.setattr(http, "PUBLIC_PORTS", (80, 443, site.server_port))
    monkeypatch.setattr(http, "is_public_address", lambda ip: ip == "127.0.0.1" or real(ip))
    names = {"open.com": ["127.0.0.1"], "inner.com": ["10.0.0.5"]}
    monkeypatch.setattr(http, "resolve", lambda host, _port: names.get(host) or [host.strip("[]")])
    return f"http://open.com:{site.server_port}"


def refused(url: str, *, limits: Limits = LIMITS, **options: Any) -> str:
    with pytest.raises(FetchFailed) as caught:
        fetch(url, limits=limits, **options)
    assert str(caught.value)
    return caught.value.code


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://017700000001/",
        "http://0/",
        "http://localhost/",
        "http://10.0.0.1/",
        "http://172.16.3.4/",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://100.64.0.1/",
        "http://192.0.0.37/",
        "http://192.88.99.1/",
        "http://198.18.0.1/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[64:ff9b:1::1]/",
        "http://[2001::1]/",
        "http://[2001:db8::1]/",
        "http://[3fff::1]/",
        "http://[3fff:fff::1]/",
        "http://[fec0::1]/",
        "http://[::7f00:1]/",
        "http://240.0.0.1/",
        "http://[fe80::1]/",
        "http://[fc00::1]/",
        "http://[fd12:3456::1]/",
        "http://[ff02::1]/",
        "https://127.0.0.1/",
    ],
)
def test_private_addresses_in_any_spelling_are_refused(url: str) -> None:
    assert refused(url) == "address"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("file:///etc/passwd", "scheme"),
        ("ftp://open.com/", "scheme"),
        ("gopher://open.com/", "scheme"),
        ("data:text/html,hi", "scheme"),
        ("//open.com/", "scheme"),
        ("open.com", "scheme"),
        ("http://", "scheme"),
        ("http://[::1", "scheme"),
        ("http://user:pass@open.com/", "scheme"),
        ("http://open.com:22/", "port"),
        ("http://open.com:6379/", "port"),
        ("http://open.com:99999/", "port"),
        ("http://0177.0.0.1/", "scheme"),
    ],
)
def test_what_is_no_web_address_is_refused(url: str, code: str) -> None:
    assert refused(url) == code


def test_one_private_answer_among_public_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "resolve", lambda *_: ["93.184.216.34", "10.0.0.1"])

    assert refused("http://open.com/") == "address"


def test_the_connection_goes_to_the_address_that_was_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = [["93.184.216.34"], ["127.0.0.1"]]
    monkeypatch.setattr(http, "resolve", lambda *_: answers.pop(0))
    connected: list[str] = []

    def connect(_self: object, host: str, *_: Any, **__: Any) -> httpcore.NetworkStream:
        connected.append(host)
        raise httpcore.ConnectError("enough seen")

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)

    assert refused("http://rebinding.com/") == "connect"
    assert (connected, answers) == (["93.184.216.34"], [["127.0.0.1"]])


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.2/",
        "http://inner.com/",
        "http://[::1]/",
        "//169.254.169.254/",
    ],
)
def test_a_redirect_into_a_private_network_is_refused(open_web: str, target: str) -> None:
    assert refused(f"{open_web}/redirect?{target}") == "address"


@pytest.mark.parametrize(
    ("target", "code"),
    [("file:///etc/passwd", "scheme"), ("http://open.com:22/", "port"), ("/loop", "redirects")],
)
def test_a_redirect_is_checked_like_a_first_address(open_web: str, target: str, code: str) -> None:
    assert refused(f"{open_web}/redirect?{target}") == code


def test_a_page_is_read_and_decoded(open_web: str) -> None:
    answer = fetch(f"{open_web}/redirect?/page", limits=LIMITS)

    assert (answer.status, answer.text, answer.content_type) == (200, "Grüße", "text/html")
    assert answer.url == f"{open_web}/page"


@pytest.mark.parametrize("charset", ["latin-1", "no-such", "idna", "undefined", "base64"])
def test_no_charset_that_a_page_names_is_an_error(charset: str) -> None:
    header = {"content-type": f"text/html; charset={charset}"}
    answer = http.Answer(200, "http://open.com/", b"Gr\xfc\xdfe", "text/html", header)

    assert answer.text == ("Grüße" if charset == "latin-1" else "Gr\ufffd\ufffde")


def test_a_key_is_not_sent_on_to_another_host(open_web: str, site: Any) -> None:
    other = f"http://127.0.0.1:{site.server_port}/page"

    fetch(f"{open_web}/redirect?{other}", limits=LIMITS, headers={"Authorization": "Bearer k"})

    assert [headers.get("Authorization") for _, headers in site.seen] == ["Bearer k", None]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/big", "too_large"),
        ("/slow-head", "timeout"),
        ("/slow-body", "timeout"),
        ("/gzip", "wrong_type"),
        ("/nonsense", "protocol"),
    ],
)
def test_size_time_and_form_are_limited(open_web: str, path: str, code: str) -> None:
    started = time.monotonic()

    assert refused(f"{open_web}{path}") == code
    assert time.monotonic() - started < 1.5


def test_an_answer_may_be_as_large_as_the_limit(open_web: str) -> None:
    assert len(fetch(f"{open_web}/big", limits=replace(LIMITS, bytes=20_000)).body) == 20_000
    assert refused(f"{open_web}/big", limits=replace(LIMITS, bytes=19_999)) == "too_large"


def test_as_many_redirects_as_the_limit_are_followed(open_web: str) -> None:
    assert fetch(f"{open_web}/redirect?/redirect?/page", limits=LIMITS).status == 200
    assert refused(f"{open_web}/redirect?/redirect?/redirect?/page") == "redirects"


def test_the_time_is_for_all_redirects_together(open_web: str) -> None:
    started = time.monotonic()

    assert refused(f"{open_web}/late?/silent", limits=replace(LIMITS, seconds=2.0)) == "timeout"
    # With the whole time for the second address it would be three and a half.
    assert 1.8 < time.monotonic() - started < 3.3


def test_the_type_is_limited_of_what_is_to_be_read(open_web: str) -> None:
    limits = replace(LIMITS, content_types=("application/json",))

    assert refused(f"{open_web}/page", limits=limits) == "wrong_type"
    # An error is told by its status, whatever its page looks like.
    missing = fetch(f"{open_web}/missing", limits=limits)
    assert (missing.status, missing.text) == (404, "No such page")


def test_no_proxy_of_the_environment_is_asked(
    open_web: str, site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{site.server_port}/")

    assert fetch(f"{open_web}/page", limits=LIMITS).status == 200

    ((path, headers),) = site.seen
    assert path == "/page"
    assert (headers["User-Agent"], headers["Accept-Encoding"]) == ("HossAgent/1.0", "identity")


# --- TLS -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for open.com and its key, in one file, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "open.com")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("open.com")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "open.pem"
    form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(key.private_bytes(*form) + signed.public_bytes(Encoding.PEM))
    return path


@pytest.fixture
def secure_web(open_web: str, site: Any, certificate: Path) -> str:
    """The same site behind TLS, with a certificate that nobody trusts yet."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    site.socket = context.wrap_socket(site.socket, server_side=True)
    return open_web.replace("http:", "https:")


def test_an_unknown_certificate_is_refused(secure_web: str) -> None:
    assert refused(f"{secure_web}/page") == "connect"


def test_behind_tls_the_same_limits_hold(
    secure_web: str, certificate: Path, site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusting = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(http, "_ssl_context", lambda: trusting)
    started = time.monotonic()

    assert fetch(f"{secure_web}/page", limits=LIMITS).text == "Grüße"
    assert refused(f"{secure_web}/slow-head") == "timeout"
    assert time.monotonic() - started < 1.5
    other = f"https://127.0.0.1:{site.server_port}/page"
    assert refused(f"{secure_web}/redirect?{other}") == "connect"


def test_an_unknown_name_and_a_silent_resolver_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(http, "resolve", unknown)
    assert refused("http://nowhere.com/") == "dns"

    def silent(*_: object) -> list[str]:
        time.sleep(0.5)
        return []

    monkeypatch.setattr(http, "resolve", silent)
    assert refused("http://slow.com/", limits=replace(LIMITS, seconds=0.1)) == "timeout"


def test_an_operators_own_address_may_be_private_but_leads_nowhere_else(site: Any) -> None:
    base = f"http://127.0.0.1:{site.server_port}"

    assert fetch(f"{base}/page", limits=LIMITS, is_trusted=True).status == 200
    assert refused(f"{base}/redirect?{base}/page", is_trusted=True) == "redirects"


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "::ffff:8.8.8.8"]
)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public_address(address)

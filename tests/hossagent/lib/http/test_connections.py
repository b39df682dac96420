"""The connection goes to the address that was checked, and TLS is checked as well."""

from __future__ import annotations

import ssl
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpcore
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from hossagent.lib.http import addresses, connections, fetch
from tests.helpers.fetching import LIMITS, refused

if TYPE_CHECKING:
    from pathlib import Path


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


def test_the_connection_goes_to_the_address_that_was_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = [["93.184.216.34"], ["127.0.0.1"]]
    monkeypatch.setattr(addresses, "resolve", lambda *_: answers.pop(0))
    connected: list[str] = []

    def connect(_self: object, host: str, *_: Any, **__: Any) -> httpcore.NetworkStream:
        connected.append(host)
        raise httpcore.ConnectError("enough seen")

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)

    assert refused("http://rebinding.com/") == "connect"
    assert (connected, answers) == (["93.184.216.34"], [["127.0.0.1"]])


def test_an_unknown_certificate_is_refused(secure_web: str) -> None:
    assert refused(f"{secure_web}/page") == "connect"


def test_behind_tls_the_same_limits_hold(
    secure_web: str, certificate: Path, site: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusting = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(connections, "_ssl_context", lambda: trusting)
    started = time.monotonic()

    assert fetch(f"{secure_web}/page", limits=LIMITS).text == "Grüße"
    assert refused(f"{secure_web}/slow-head") == "timeout"
    assert time.monotonic() - started < 1.5
    other = f"https://127.0.0.1:{site.server_port}/page"
    assert refused(f"{secure_web}/redirect?{other}") == "connect"

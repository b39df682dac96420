"""What a server says before any mail was named is about us, or about the way to it."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest

from agents.mailboxes.transports import smtp
from agents.mailboxes.transports.base import SendOutcome
from agents.mailboxes.transports.smtp import SmtpTransport
from hossagent.config import Config
from tests.agents.mailboxes.test_smtp_pipelining import make_mail
from tests.helpers.live import smtp_config

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@contextmanager
def saying(*answers: str) -> Iterator[int]:
    """A server that greets with the first of `answers`, gives the next one to each line and
    hangs up after the last; yields its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener, listener.accept()[0] as client:
            client.settimeout(5)
            client.sendall(f"{answers[0]}\r\n".encode())
            for answer in answers[1:]:
                if not client.recv(1_000):
                    return
                client.sendall(f"{answer}\r\n".encode())

    thread = threading.Thread(target=serve)
    thread.start()
    yield listener.getsockname()[1]
    thread.join(10)
    assert not thread.is_alive()


def test_server_that_never_greets_keeps_a_batch_to_its_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each mail would wait for itself: a hundred of them, longer than their lease."""
    monkeypatch.setattr(smtp, "TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = {"SESSION_SECRET": "x", **smtp_config(listener.getsockname()[1])}
        way = SmtpTransport(Config.model_validate(config))
        results = way.send_all([make_mail()] * 10, deadline=time.monotonic() + 0.5)
        listener.settimeout(0)
        asked = 0
        with suppress(BlockingIOError):
            while True:
                listener.accept()[0].close()
                asked += 1

    assert [result.outcome for result in results] == [SendOutcome.UNREACHABLE] * 10
    assert 1 <= asked <= 2


LOG_IN = {"SMTP_USERNAME": "ada@agency.com", "SMTP_PASSWORD": "secret"}
EHLO = "250-loopback\r\n250 AUTH PLAIN"


@pytest.mark.parametrize(
    ("answers", "settings", "outcome"),
    [
        (["421 4.3.2 shutting down"], {}, SendOutcome.UNREACHABLE),
        (["554 no SMTP service here"], {}, SendOutcome.UNREACHABLE),
        (["554 5.7.1 your address is on a blocklist"], {}, SendOutcome.REPUTATION),
        (["220 loopback"], {}, SendOutcome.UNREACHABLE),
        (["220 loopback", EHLO, "535 5.7.8 wrong password"], LOG_IN, SendOutcome.AUTH),
        (["220 loopback", EHLO, "535 no"], LOG_IN, SendOutcome.AUTH),
        (["220 loopback", EHLO, "501 no"], LOG_IN, SendOutcome.AUTH),
        # RFC 4954, section 6: temporary authentication failure.
        (["220 loopback", EHLO, "454 4.7.0 later"], LOG_IN, SendOutcome.REPUTATION),
        (["220 loopback", EHLO, "454 later"], LOG_IN, SendOutcome.UNREACHABLE),
        (["220 loopback", "250 loopback"], LOG_IN, SendOutcome.AUTH),
        (["220 loopback", "250 loopback"], {"SMTP_USE_TLS": True}, SendOutcome.AUTH),
    ],
)
def test_each_way_of_not_being_let_in_has_its_verdict(
    answers: Sequence[str], settings: dict[str, Any], outcome: SendOutcome
) -> None:
    with saying(*answers) as port:
        config = {"SESSION_SECRET": "x", **smtp_config(port), **settings}
        way = SmtpTransport(Config.model_validate(config))
        result = way.send(make_mail(), deadline=time.monotonic() + 20)
        way.close()

    assert (result.success, result.outcome) == (False, outcome)
    assert result.error

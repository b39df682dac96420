"""The mailbox over a real connection: TLS, sign-in, fetching, and everything that breaks."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from agents.inbox.services import fetch
from agents.mailboxes.selectors import inbox_is_stale
from agents.mailboxes.transports import imap
from agents.models import InboundMessage, InboxCursor
from hossagent.lib import clock
from tests.conftest import NOON
from tests.factories import MembershipFactory
from tests.fakes.imap_server import ImapServer, write_certificate
from tests.helpers.live import make_live_customer, smtp_config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def server(
    certificate: Path, configure: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> Iterator[ImapServer]:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setattr(imap, "TIMEOUT_SECONDS", 2)
    with ImapServer(certificate) as running:
        configure(**smtp_config(1), IMAP_PORT=running.port)
        for uid in (3, 5, 8):
            running.mails[uid] = mail(uid)
        yield running


def mail(number: int) -> bytes:
    return f"Subject: {number}\r\n\r\n{'Hello. ' * 2_000}{number}\r\n".encode()


def poll(now: Any = NOON) -> int:
    return fetch.poll_inbox(clock=lambda: now)


def subjects() -> list[str]:
    raws = InboundMessage.objects.order_by("pk").values_list("raw", flat=True)
    return [bytes(raw).split(b"\r\n")[0].decode().removeprefix("Subject: ") for raw in raws]


def test_each_mail_is_fetched_once_as_it_is(server: ImapServer) -> None:
    assert (poll(), poll()) == (3, 0)

    assert subjects() == ["3", "5", "8"]
    assert {bytes(raw) for raw in InboundMessage.objects.values_list("raw", flat=True)} == set(
        server.mails.values()
    )
    cursor = InboxCursor.objects.get()
    assert (cursor.uid_validity, cursor.last_uid, cursor.error) == (7, 8, "")
    assert not inbox_is_stale(now=NOON)
    assert server.commands[:3] == ["CAPABILITY", "STARTTLS", "CAPABILITY"]
    assert server.commands[-1] == "LOGOUT"


def test_only_what_is_new_is_fetched(server: ImapServer) -> None:
    poll()
    server.mails[9] = mail(9)
    server.commands.clear()

    assert poll() == 1
    assert server.commands.count("FETCH") == 1


def test_rebuilt_folder_is_read_again_and_stored_once(server: ImapServer) -> None:
    poll()
    server.mails[9] = mail(9)
    server.deal_anew()

    poll(NOON + timedelta(minutes=1))
    assert sorted(subjects()) == ["3", "5", "8", "9"]
    cursor = InboxCursor.objects.get()
    assert (cursor.uid_validity, cursor.last_uid) == (8, 4)
    assert poll(NOON + timedelta(minutes=2)) == 0


def test_mail_that_is_gone_is_passed_over(
    server: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = server.search
    monkeypatch.setattr(server, "search", lambda command: f"{real(command)} 11")

    poll()

    assert (subjects(), InboxCursor.objects.get().last_uid) == (["3", "5", "8"], 11)


def test_connection_that_breaks_inside_a_mail_loses_nothing(server: ImapServer) -> None:
    server.break_at = 5
    assert poll() == 0
    assert subjects() == ["3"]
    cursor = InboxCursor.objects.get()
    assert (cursor.last_uid, cursor.read_at) == (3, None)
    assert cursor.error.startswith("reading email 5 failed")
    assert inbox_is_stale(now=NOON)

    server.break_at = 0
    assert poll() == 2
    assert subjects() == ["3", "5", "8"]
    assert not inbox_is_stale(now=NOON)


@pytest.mark.parametrize("command", ["CAPABILITY", "LOGIN", "SELECT", "STATUS", "SEARCH", "FETCH"])
def test_server_that_hangs_up_leaves_the_inbox_unread(server: ImapServer, command: str) -> None:
    server.hang_up_on = command

    assert poll() == 0

    assert server.commands[-1] == command
    cursor = InboxCursor.objects.get()
    assert cursor.error
    assert cursor.tried_at == NOON
    assert inbox_is_stale(now=NOON)
    assert subjects() == []


def test_wrong_password_is_said_and_the_connection_closed(server: ImapServer) -> None:
    server.password = "another"

    assert poll() == 0

    error = InboxCursor.objects.get().error
    assert "ada@agency.com at 127.0.0.1" in error
    assert "secret-of-ada" not in error
    assert inbox_is_stale(now=NOON)
    assert "SELECT" not in server.commands


def test_password_never_goes_to_an_untrusted_server(
    server: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")

    assert poll() == 0

    assert "CERTIFICATE_VERIFY_FAILED" in InboxCursor.objects.get().error
    assert "LOGIN" not in server.commands


def test_password_never_goes_over_an_open_line(server: ImapServer) -> None:
    server.has_tls = False

    assert poll() == 0

    assert "LOGIN" not in server.commands
    assert "TLS" in InboxCursor.objects.get().error


def test_server_that_is_not_there_leaves_the_inbox_unread(
    server: ImapServer, configure: Callable[..., None]
) -> None:
    configure(IMAP_PORT=1)

    assert poll() == 0
    assert "refused" in InboxCursor.objects.get().error


def test_unread_inbox_is_shown_to_customer_and_operator(
    server: ImapServer, client: Any, operator_client: Any
) -> None:
    now = clock.now()
    customer = make_live_customer(now=now - timedelta(hours=2))
    server.password = "another"
    poll(now)
    client.force_login(MembershipFactory.create(customer=customer).user)

    assert "inbox" in client.get("/portal/outreach/why/").text.lower()
    console = operator_client.get("/admin/").text
    assert "wrong password" in console

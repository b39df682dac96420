"""Account mail: at least once, held in dry run, never lost and never late news."""

from __future__ import annotations

import socket
from datetime import timedelta
from email import message_from_bytes
from email.policy import default as modern
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller
from django.template import engines

from accounts.models import OutboxMail
from accounts.services import outbox
from accounts.states import OutboxStatus
from tests.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import EmailMessage

    import pytest_django
    from aiosmtpd.smtp import SMTP, Envelope, Session

pytestmark = pytest.mark.django_db


class MailServer:
    """A real SMTP server on loopback that keeps what it takes, or answers `refusal`."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.refusal = ""

    async def handle_RCPT(  # noqa: N802 # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        self.taken.append(message_from_bytes(envelope.content, policy=modern))
        return "250 OK"


@pytest.fixture(autouse=True)
def templates(settings: pytest_django.Settings) -> None:
    """One account mail of this test's own."""
    settings.TEMPLATES = [
        {
            **settings.TEMPLATES[0],
            "DIRS": [],
            "APP_DIRS": False,
            "OPTIONS": {
                "loaders": [
                    (
                        "django.template.loaders.locmem.Loader",
                        {
                            "emails/test/news.subject.txt": "News for {{ name }}\n",
                            "emails/test/news.txt": "Hello {{ name }}: {{ site.base_url }}",
                            "emails/test/news.html": "<p>Hello {{ name }}</p>",
                        },
                    )
                ]
            },
        }
    ]
    assert engines.all()


@pytest.fixture
def server(configure: Callable[..., None]) -> Iterator[MailServer]:
    """Email is live through a server of our own."""
    handler = MailServer()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    configure(
        EMAIL_MODE="SMTP",
        SMTP_HOST="127.0.0.1",
        SMTP_PORT=port,
        SMTP_USE_TLS="FALSE",
        SMTP_FROM_EMAIL="mail@hossagent.com",
        IMAP_HOST="imap.hossagent.com",
        IMAP_USERNAME="mail",
        IMAP_PASSWORD="secret-word",
    )
    yield handler
    controller.stop()


def queue(**fields: Any) -> OutboxMail:
    given: dict[str, Any] = {
        "kind": "test/news",
        "to": "ada@agency.com",
        "context": {"name": "Ada & Co"},
        "dedupe_key": "news:1",
        "now": NOON,
    }
    given |= fields
    said = {name: given.pop(name) for name in ("kind", "to", "context")}
    return outbox.queue_mail(outbox.AccountEmail(**said), **given)


def facts(mail: OutboxMail) -> tuple[str, Any, int]:
    mail.refresh_from_db()
    return mail.status, mail.not_before_at, mail.attempts


def test_a_mail_is_rendered_when_it_is_queued() -> None:
    """Only the HTML part is escaped."""
    mail = queue()

    assert (mail.subject, mail.text, mail.html) == (
        "News for Ada & Co",
        "Hello Ada & Co: http://127.0.0.1:8000\n",
        "<p>Hello Ada &amp; Co</p>",
    )
    assert (mail.status, mail.not_before_at) == ("queued", NOON)


def test_the_same_news_twice_is_one_mail() -> None:
    assert queue() == queue(context={"name": "Somebody else"})


def test_a_line_break_in_a_name_cannot_become_a_header() -> None:
    assert queue(context={"name": "Ada\r\nBcc: all@agency.com"}).subject == (
        "News for Ada Bcc: all@agency.com"
    )


def test_dry_run_shows_the_mail_on_the_console_and_holds_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    mail = queue()

    done = [outbox.send_next(now=NOON), outbox.send_next(now=NOON)]

    assert done == [True, False]
    assert facts(mail) == ("held", None, 1)
    shown = [r.getMessage() for r in caplog.records if "[ACCOUNT_MAIL]" in r.getMessage()]
    assert shown == [
        "[ACCOUNT_MAIL][DRY_RUN] kind=test/news to=ada@agency.com subject=News for Ada & Co\n"
        + mail.text
    ]
    assert outbox.sweep_next(now=NOON + timedelta(days=3)) is False


def test_release_mode_keeps_the_text_out_of_the_log(
    configure: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    configure(RELEASE_MODE="TRUE")
    queue()

    outbox.send_next(now=NOON)

    assert "Hello Ada" not in caplog.text
    assert "[ACCOUNT_MAIL][DRY_RUN] kind=test/news to=ada@agency.com" in caplog.text


def test_held_mail_is_sent_when_email_goes_live(
    request: pytest.FixtureRequest,
) -> None:
    """Unless it has expired by then."""
    fresh = queue()
    stale = queue(dedupe_key="link:1", expires_at=NOON + timedelta(minutes=15))
    while outbox.send_next(now=NOON):
        pass
    server: MailServer = request.getfixturevalue("server")
    later = NOON + timedelta(hours=1)

    while outbox.sweep_next(now=later):
        pass
    while outbox.send_next(now=later):
        pass

    assert [mail["To"] for mail in server.taken] == ["ada@agency.com"]
    assert facts(fresh)[:2] == ("sent", None)
    stale.refresh_from_db()
    assert (stale.status, stale.error) == ("failed", "Expired while email was in dry run.")


def test_a_live_mail_names_itself_automatic_and_has_its_id(server: MailServer) -> None:
    mail = queue()

    assert outbox.send_next(now=NOON) is True

    (taken,) = server.taken
    assert {
        name: taken[name] for name in ("From", "To", "Subject", "Auto-Submitted", "Message-ID")
    } == {
        "From": "HossAgent <mail@hossagent.com>",
        "To": "ada@agency.com",
        "Subject": "News for Ada & Co",
        "Auto-Submitted": "auto-generated",
        "Message-ID": f"<outbox-{mail.pk}@127.0.0.1>",
    }
    assert [part.get_content_type() for part in taken.iter_parts()] == ["text/plain", "text/html"]
    mail.refresh_from_db()
    assert (mail.status, mail.sent_at, mail.error) == ("sent", NOON, "")


@pytest.mark.parametrize(
    ("refusal", "status", "wait"),
    [
        ("450 4.2.1 try again", OutboxStatus.QUEUED, timedelta(minutes=1)),
        ("550 5.1.1 no such user", OutboxStatus.FAILED, None),
    ],
)
def test_a_refusal_is_tried_again_unless_it_is_permanent(
    server: MailServer, refusal: str, status: str, wait: timedelta | None
) -> None:
    server.refusal = refusal
    mail = queue()

    outbox.send_next(now=NOON)

    assert facts(mail) == (status, NOON + wait if wait else None, 1)
    assert refusal[4:] in mail.error


def test_retries_back_off_and_end(server: MailServer, configure: Callable[..., None]) -> None:
    configure(SMTP_PORT=9)  # nobody listens
    mail, moment, waits = queue(expires_at=NOON + timedelta(days=90)), NOON, []

    for _ in range(outbox.MAX_ATTEMPTS):
        outbox.send_next(now=moment)
        mail.refresh_from_db()
        if mail.not_before_at:
            waits.append(int((mail.not_before_at - moment).total_seconds() / 60))
            moment = mail.not_before_at

    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]
    assert facts(mail) == ("failed", None, 12)
    assert outbox.requeue(mail=mail, by="hoss@hossagent.test", now=moment) is True
    assert facts(mail) == ("queued", moment, 0)


def test_a_mail_whose_sender_died_is_sent_again(server: MailServer) -> None:
    mail = queue()
    OutboxMail.objects.filter(pk=mail.pk).move(
        source="queued", target="sending", not_before_at=NOON + outbox.LEASE, attempts=1
    )

    before = outbox.sweep_next(now=NOON + outbox.LEASE - timedelta(seconds=1))
    after = [outbox.sweep_next(now=NOON + outbox.LEASE), outbox.send_next(now=NOON + outbox.LEASE)]

    assert (before, after) == (False, [True, True])
    assert facts(mail) == ("sent", None, 2)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"to": "owner@agency.example"}, "No email can reach a reserved domain."),
        ({"expires_at": NOON}, "Expired before it could be sent."),
    ],
)
def test_what_cannot_or_need_not_arrive_is_not_sent(
    server: MailServer, fields: dict[str, Any], error: str
) -> None:
    mail = queue(**fields)

    outbox.send_next(now=NOON)

    mail.refresh_from_db()
    assert (server.taken, mail.status, mail.error) == ([], "failed", error)

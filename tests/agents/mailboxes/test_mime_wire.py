"""What arrives at a real mail server, byte by byte, whatever a lead or a text is made of.

RFC 5321, 5322, 2047, 6376 and 8058 as a receiver sees them: the bytes are read from the
server on loopback, never from what we meant to send.
"""

from __future__ import annotations

import json
import re
import time
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from agents.mailboxes.services.transports import OutgoingMail, SendResult, get_transport
from agents.mailboxes.transports.mime import safe_line
from agents.mailboxes.transports.sendgrid import SendGridTransport
from agents.mailboxes.transports.smtp import SmtpTransport
from agents.models import Lead, Mailbox, Message, Profile
from agents.outreach.services.send import send_next
from agents.states import MessageMode, MessageStatus
from hossagent.config import Config
from tests.conftest import NOON
from tests.factories import LeadFactory
from tests.fakes.mail import Letter, MailServer
from tests.fakes.sendgrid import SendGrid
from tests.helpers.live import FROM, later, make_live_customer, make_live_message, smtp_config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TOKEN = "0123456789abcdef0123456789abcdef"
OPENER = [
    "Date",
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Message-ID",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
]
FOLLOW_UP = [*OPENER[:6], "In-Reply-To", "References", *OPENER[6:]]

NASTY = [
    "Grace\r\nBcc: all@evil.com",
    "Grace\nSubject: other\n\nbody",
    "Grace\rX-Evil: 1",
    "\x00Grace\x00",
    "\ud800 half a pair",
    "\u202eecarG \u05d2\u05e8\u05d9\u05d9\u05e1 \u062c\u0631\u064a\u0633",
    "\U0001f469\u200d\U0001f4bb \U0001f600" * 12,
    'Hopper, "Amazing" Grace \\ <x@evil.com>',
    "a@b.com, c@d.com;",
    "=?utf-8?q?Bcc=3A_all=40evil=2Ecom?=",
    "=?utf-8?b?QmNjOiBhbGxAZXZpbC5jb20=?= Grace",
    "(comment) Grace",
    "G" * 400,
    "Grace " * 80,
    "\u00e9" * 400,
    "line\u2028separator\u0085next\x0bvertical",
    "\t tabs \t and  spaces ",
    "",
    ".",
    "'; DROP TABLE leads; --",
    "%s%(x)s{0}",
]
names = st.one_of(
    st.text(max_size=120),
    st.text(alphabet='abc ,;:<>@()[]\\".=?_\r\n\t\x00\u00e9\u4e2d', max_size=80),
    st.sampled_from(NASTY),
)
bodies = st.one_of(
    st.text(max_size=600),
    st.text(alphabet=".\r\n a=\u00e9\x00\t", max_size=200),
    st.sampled_from(
        [
            ".\r\n..\r\n.",
            "a" * 5_000,
            "\u00e9" * 3_000,
            "x" * 77 + "\n" + "y" * 78 + "\n" + "z" * 79,
            "before\r\n.\r\nMAIL FROM:<evil@x.com>\r\nafter",
            "From the start of a line\nFrom again",
            "\U0001f600" * 500,
            "ends with blanks   \n\n\n",
        ]
    ),
)


def make_mail(**changes: Any) -> OutgoingMail:
    return OutgoingMail(
        **{
            "from_name": "Ada Byron",
            "from_address": FROM,
            "to_name": "Grace Hopper",
            "to_address": "grace@clinic.com",
            "reply_to": f"ada+{TOKEN}@agency.com",
            "subject": "A quieter front desk",
            "body": "Hello Grace,\n",
            "message_id": "<1.abc@app.agency.com>",
            "date": NOON,
            "unsubscribe_url": f"https://app.agency.com/u/{TOKEN}/",
            "message_pk": 7,
            **changes,
        }
    )


class Post:
    """The server and a transport to it; small when a failing test prints it."""

    def __init__(self, server: MailServer) -> None:
        self.server = server
        self.transport = SmtpTransport(Config.model_validate(smtp_config(server.port)))

    def __repr__(self) -> str:
        return "Post()"

    def deliver(self, mail: OutgoingMail) -> Letter:
        """Send `mail`; the one letter that the server got for it."""
        self.server.letters.clear()
        result = self.transport.send(mail, deadline=time.monotonic() + 5)
        assert result == SendResult(success=True, mode="SMTP", error=None)
        (letter,) = self.server.letters
        return letter


@pytest.fixture(scope="module")
def post() -> Iterator[Post]:
    with MailServer() as server:
        post = Post(server)
        yield post
        post.transport.close()


def check_bytes(raw: bytes, *, expected: list[str]) -> Any:
    """The rules that hold for the bytes of every mail; returns it parsed."""
    assert raw.isascii()
    assert b"\x00" not in raw
    assert raw.endswith(b"\r\n")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    head, _, body = raw.partition(b"\r\n\r\n")
    for line in body.split(b"\r\n"):
        assert len(line) <= 78
    lines = head.split(b"\r\n")
    for line in lines:
        assert len(line) <= 998
        # Longer than is good only where there is nothing to fold at: one word.
        assert len(line) <= 78 or len(line.split(b": ", 1)[-1].split()) == 1
        # A folded line that holds nothing would end the header for some readers.
        assert line.strip()
    assert [line.split(b":")[0].decode() for line in lines if line[:1] not in b" \t"] == expected
    mail = message_from_bytes(raw, policy=policy.default)
    assert mail.defects == []
    for value in mail.values():
        assert value.defects == ()
    assert mail["MIME-Version"] == "1.0"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content_charset() == "utf-8"
    assert mail["Content-Transfer-Encoding"] in {"7bit", "quoted-printable"}
    return mail


def decoded(raw: bytes, name: str) -> str:
    """A header's value unfolded and decoded by RFC 2047, which joins neighboring words.

    The standard library's newer parser puts blanks between the words of a phrase.
    """
    value = str(message_from_bytes(raw)[name]).replace("\r\n", "")
    return str(make_header(decode_header(value))).strip()


def check_mailbox(raw: bytes, header: str, *, name: str, address: str) -> None:
    """Exactly one mailbox, with this address and this name."""
    mail = message_from_bytes(raw, policy=policy.default)
    assert [found.addr_spec for found in mail[header].addresses] == [address]
    value = str(message_from_bytes(raw)[header]).replace("\r\n", "")
    shown, found = parseaddr(value)
    assert found == address
    assert str(make_header(decode_header(shown))) == safe_line(name, 60)


def body_as_read(text: str) -> str:
    text = text.encode("utf-8", "replace").decode()
    lines = re.split(r"\r\n|\r|\n", text)
    return "\n".join(re.sub(r"[\x00-\x08\x0a-\x1f\x7f]", "", line) for line in lines).rstrip("\n")


def with_examples(test: Callable[..., None]) -> Callable[..., None]:
    for text in NASTY:
        test = example(from_name=text, to_name=text, subject=text, body=text)(test)
    return test


@with_examples
@given(from_name=names, to_name=names, subject=names, body=bodies)
@settings(max_examples=150, deadline=None)
def test_every_opener_obeys_the_rules_of_mail(
    post: Post,
    from_name: str,
    to_name: str,
    subject: str,
    body: str,
) -> None:
    letter = post.deliver(
        make_mail(from_name=from_name, to_name=to_name, subject=subject, body=body)
    )

    mail = check_bytes(letter.raw, expected=OPENER)
    assert (letter.sender, letter.recipients) == (FROM, ["grace@clinic.com"])
    check_mailbox(letter.raw, "From", name=from_name, address=FROM)
    check_mailbox(letter.raw, "To", name=to_name, address="grace@clinic.com")
    assert mail["Reply-To"] == f"ada+{TOKEN}@agency.com"
    assert decoded(letter.raw, "Subject") == safe_line(subject)
    assert mail["Message-ID"] == "<1.abc@app.agency.com>"
    assert mail["Date"].datetime == NOON
    assert mail["List-Unsubscribe"] == f"<https://app.agency.com/u/{TOKEN}/>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.get_content().replace("\r\n", "\n").rstrip("\n") == body_as_read(body)


locals_ = st.from_regex(r"[a-z0-9+_-]{1,30}(\.[a-z0-9+_-]{1,30})?", fullmatch=True)
hosts = st.from_regex(r"([a-z0-9]{1,40}\.){1,4}[a-z]{2,12}", fullmatch=True)


@given(
    earlier=st.lists(st.integers(1, 10**12), min_size=1, max_size=40, unique=True),
    host=hosts,
    local=locals_,
)
@settings(max_examples=60, deadline=None)
def test_every_follow_up_names_the_mails_before_it(
    post: Post, earlier: list[int], host: str, local: str
) -> None:
    thread = tuple(f"<{number}.0123456789abcdef@{host}>" for number in earlier)

    letter = post.deliver(
        make_mail(
            in_reply_to=thread[-1],
            references=thread,
            subject="Re: A quieter front desk",
            to_address=f"{local}@{host}",
            message_id=f"<0.f@{host}>",
        ),
    )

    mail = check_bytes(letter.raw, expected=FOLLOW_UP)
    assert mail["In-Reply-To"] == thread[-1]
    assert mail["References"].split() == list(thread)
    assert mail["Message-ID"] not in thread


# --- From the rows to the server ------------------------------------------------------

stored = names.map(lambda text: re.sub(r"[\x00\ud800-\udfff]", "", text))
KEPT = [text for text in NASTY if not re.search(r"[\x00\ud800-\udfff]", text)]


def with_leads(test: Callable[..., None]) -> Callable[..., None]:
    for text in KEPT:
        test = example(name=text[:120], company=text[:200], subject=text[:190])(test)
    return test


@pytest.mark.django_db
@with_leads
@given(name=stored, company=stored, subject=stored)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_lead_of_any_name_gets_a_whole_thread_or_nothing(
    post: Post, configure: Callable[..., None], name: str, company: str, subject: str
) -> None:
    """The opener and its follow-up, through claim, gate and transport."""
    configure(**smtp_config(post.server.port))
    customer = make_live_customer(company="Byron & Söhne, \u201cLtd.\u201d")
    Profile.objects.filter(customer=customer).update(sender_name=name[:120] or "Ada")
    lead = LeadFactory.create(
        customer=customer,
        company=company[:200],
        contact_name=name[:120],
        company_key="",
        next_action_at=None,
    )
    subject = subject[:190]
    post.server.letters.clear()
    try:
        opener = make_live_message(customer, lead=lead, subject=subject)
        send_next(now=NOON)
        opener.refresh_from_db()
        if opener.status != MessageStatus.SENT:
            # An empty subject, a hole in it, a false "Re:", a sender without a name: held.
            assert opener.held_code in {"copy", "no_identity"}
            assert "\n" not in opener.held_reason
            assert post.server.letters == []
            return
        make_live_message(customer, lead=lead, step=1, subject=f"Re: {subject}"[:200])
        send_next(now=later(minutes=20))
        letters = list(post.server.letters)
        assert [letter.recipients for letter in letters] == [[lead.email]] * 2
    finally:
        get_transport(MessageMode.LIVE).close()
        Message.objects.filter(lead=lead).delete()
        Lead.objects.filter(pk=lead.pk).delete()
        Mailbox.objects.all().delete()

    first = check_bytes(letters[0].raw, expected=OPENER)
    second = check_bytes(letters[1].raw, expected=FOLLOW_UP)
    assert second["In-Reply-To"] == second["References"] == first["Message-ID"]
    assert second["Message-ID"] != first["Message-ID"]
    for header in ("From", "To", "Reply-To", "List-Unsubscribe"):
        assert second[header] == first[header]
    assert letters[0].sender == letters[1].sender == FROM
    for letter, mail in zip(letters, (first, second), strict=True):
        check_mailbox(letter.raw, "To", name=name[:120], address=lead.email)
        text = mail.get_content()
        assert "1 Main Street, Austin, TX 78701" in text
        assert mail["List-Unsubscribe"].strip("<>") in text


# --- SendGrid -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sendgrid() -> Iterator[Callable[[OutgoingMail], dict[str, Any]]]:
    key = "SG.abcdefghijklmnopqrst.abcdefghijklmnopqrstuvwx"
    config = Config.model_validate(
        {"EMAIL_MODE": "SENDGRID", "SENDGRID_API_KEY": key, "SENDGRID_FROM_EMAIL": FROM}
    )
    with SendGrid() as running:
        transport = SendGridTransport(config, api_url=running.url)

        def deliver(mail: OutgoingMail) -> dict[str, Any]:
            running.payloads.clear()
            result = transport.send(mail, deadline=time.monotonic() + 5)
            assert result == SendResult(success=True, mode="SENDGRID", error=None)
            (payload,) = running.payloads
            return payload

        yield deliver
        transport.close()


@with_examples
@given(from_name=names, to_name=names, subject=names, body=bodies)
@settings(max_examples=80, deadline=None)
def test_what_sendgrid_gets_obeys_the_same_rules(
    sendgrid: Callable[[OutgoingMail], dict[str, Any]],
    from_name: str,
    to_name: str,
    subject: str,
    body: str,
) -> None:
    payload = sendgrid(
        make_mail(
            from_name=from_name,
            to_name=to_name,
            subject=subject,
            body=body,
            in_reply_to="<0.abc@app.agency.com>",
            references=("<00.abc@app.agency.com>", "<0.abc@app.agency.com>"),
        )
    )

    person = payload["personalizations"][0]
    assert len(payload["personalizations"]) == 1
    assert set(person) <= {"to", "headers", "custom_args"}
    (to,) = person["to"]
    assert (to["email"], to.get("name", "")) == ("grace@clinic.com", safe_line(to_name, 60))
    sender = payload["from"]
    assert (sender["email"], sender.get("name", "")) == (FROM, safe_line(from_name, 60))
    assert payload["reply_to_list"] == [{"email": f"ada+{TOKEN}@agency.com"}]
    assert payload.get("subject", "") == safe_line(subject)
    assert {**payload.get("headers", {}), **person.get("headers", {})} == {
        "Message-ID": "<1.abc@app.agency.com>",
        "In-Reply-To": "<0.abc@app.agency.com>",
        "References": "<00.abc@app.agency.com> <0.abc@app.agency.com>",
        "List-Unsubscribe": f"<https://app.agency.com/u/{TOKEN}/>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    (content,) = payload["content"]
    assert content["type"] == "text/plain"
    assert content["value"].rstrip("\n") == body_as_read(body)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", json.dumps(payload, ensure_ascii=False))

"""SendGrid: the transport against a server on loopback, and its signed events."""

from __future__ import annotations

import base64
import json
import socket
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from agents.mailboxes.services.transports import OutgoingMail, get_transport
from agents.mailboxes.transports.base import SendOutcome
from agents.mailboxes.transports.sendgrid import SendGridTransport
from agents.models import Breaker, DailyQuota, DeliveryEvent, Lead, Message, Suppression
from agents.states import MessageStatus
from hossagent.config import Config
from tests.conftest import NOON
from tests.fakes.sendgrid import SendGrid
from tests.helpers.live import make_live_customer, make_live_message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.test import Client

KEY = "SG.abcdefghijklmnopqrst.abcdefghijklmnopqrstuvwx"
PRIVATE = ec.generate_private_key(ec.SECP256R1())
PUBLIC = base64.b64encode(
    PRIVATE.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
).decode()
CONFIG = {
    "EMAIL_MODE": "SENDGRID",
    "SENDGRID_API_KEY": KEY,
    "SENDGRID_FROM_EMAIL": "ada@agency.com",
    "SENDGRID_WEBHOOK_KEY": PUBLIC,
}


def make_mail(**changes: Any) -> OutgoingMail:
    return OutgoingMail(
        **{
            "from_name": "Ada Byron",
            "from_address": "ada@agency.com",
            "to_name": "Grace Höpper",
            "to_address": "grace@clinic.com",
            "reply_to": "reply+abc@app.agency.com",
            "subject": "Grüße\r\nBcc: evil@x.com",
            "body": "Hello\n",
            "message_id": "<1.abc@app.agency.com>",
            "date": NOON,
            "unsubscribe_url": "https://app.agency.com/u/abc/",
            "in_reply_to": "<0.abc@app.agency.com>",
            "references": ("<0.abc@app.agency.com>",),
            "message_pk": 7,
            **changes,
        }
    )


@pytest.fixture
def sendgrid() -> Iterator[SendGrid]:
    with SendGrid() as running:
        yield running


def send(sendgrid: SendGrid, count: int = 1, **changes: Any) -> Any:
    transport = SendGridTransport(Config.model_validate(CONFIG), api_url=sendgrid.url)
    try:
        results = [
            transport.send(make_mail(**changes), deadline=time.monotonic() + 5)
            for _ in range(count)
        ]
    finally:
        transport.close()
    return results[-1]


def test_what_is_sent_says_who_to_whom_and_how_to_stop(sendgrid: SendGrid) -> None:
    result = send(sendgrid)

    assert (result.success, result.mode, result.error) == (True, "SENDGRID", None)
    payload = sendgrid.payloads[0]
    assert sendgrid.keys == [f"Bearer {KEY}"]
    assert payload["from"] == {"email": "ada@agency.com", "name": "Ada Byron"}
    person = payload["personalizations"][0]
    assert person["to"] == [{"email": "grace@clinic.com", "name": "Grace Höpper"}]
    assert set(person) <= {"to", "custom_args", "headers"}
    assert payload["subject"] == "Grüße Bcc: evil@x.com"
    headers = {**payload.get("headers", {}), **person.get("headers", {})}
    assert headers["Message-ID"] == "<1.abc@app.agency.com>"
    assert headers["In-Reply-To"] == "<0.abc@app.agency.com>"
    assert headers["List-Unsubscribe"] == "<https://app.agency.com/u/abc/>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    arguments = {**payload.get("custom_args", {}), **person.get("custom_args", {})}
    assert arguments["message_pk"] == "7"
    assert payload["content"] == [{"type": "text/plain", "value": "Hello\n"}]
    assert payload["tracking_settings"]["open_tracking"] == {"enable": False}


def test_the_connection_is_kept(sendgrid: SendGrid) -> None:
    send(sendgrid, count=5)

    assert (len(sendgrid.payloads), sendgrid.connections) == (5, 1)


@pytest.mark.parametrize(
    ("status", "answer", "outcome"),
    [
        (400, "bad request", SendOutcome.REJECTED),
        (401, "unauthorized", SendOutcome.AUTH),
        (403, "forbidden", SendOutcome.AUTH),
        (429, "slow down", SendOutcome.TRY_LATER),
        (429, "Maximum credits exceeded: over your limit", SendOutcome.QUOTA),
        (400, "The from address fails DMARC", SendOutcome.REPUTATION),
        # A gateway's answer, or none: the mail may be with them.
        (500, "internal error", SendOutcome.UNKNOWN),
        (502, "bad gateway", SendOutcome.UNKNOWN),
        (504, "no answer in time", SendOutcome.UNKNOWN),
        (0, "", SendOutcome.UNKNOWN),
    ],
)
def test_each_answer_has_its_verdict(
    sendgrid: SendGrid, status: int, answer: str, outcome: SendOutcome
) -> None:
    sendgrid.status, sendgrid.answer = status, answer

    result = send(sendgrid)

    assert (result.success, result.outcome) == (False, outcome)
    assert result.error


def test_without_a_connection_nothing_can_have_arrived() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/v3/"
        transport = SendGridTransport(Config.model_validate(CONFIG), api_url=url)
        result = transport.send(make_mail(), deadline=time.monotonic() + 5)
        transport.close()

    assert (result.success, result.outcome) == (False, SendOutcome.UNREACHABLE)


def test_after_the_deadline_nothing_is_posted(sendgrid: SendGrid) -> None:
    transport = SendGridTransport(Config.model_validate(CONFIG), api_url=sendgrid.url)

    result = transport.send(make_mail(), deadline=time.monotonic() - 0.01)

    assert (result.success, result.outcome) == (False, SendOutcome.UNREACHABLE)
    assert sendgrid.payloads == []


def test_the_live_transport_of_this_mode_is_sendgrid(configure: Callable[..., None]) -> None:
    configure(**CONFIG)

    assert get_transport("live").name == "SENDGRID"


# --- Events ---------------------------------------------------------------------------


def post(client: Client, events: Any, *, at: datetime = NOON, **headers: str) -> Any:
    return post_bytes(client, json.dumps(events).encode(), at=at, **headers)


def post_bytes(client: Client, body: bytes, *, at: datetime = NOON, **headers: str) -> Any:
    stamp = str(int(at.timestamp()))
    signature = base64.b64encode(PRIVATE.sign(stamp.encode() + body, ec.ECDSA(SHA256()))).decode()
    given = {
        "X-Twilio-Email-Event-Webhook-Signature": signature,
        "X-Twilio-Email-Event-Webhook-Timestamp": stamp,
        **headers,
    }
    with time_machine.travel(NOON, tick=False):
        return client.post(
            "/webhooks/sendgrid/events", body, content_type="application/json", headers=given
        )


def make_sent(status: str = "sent") -> Message:
    customer = make_live_customer()
    message = make_live_message(customer)
    rows = Message.objects.filter(pk=message.pk)
    rows.move(source="queued", target="claimed")
    rows.move(source="claimed", target="sending", message_id="<1.a@x>", sending_at=NOON)
    rows.move(source="sending", target=status, due_at=None)
    Lead.objects.filter(pk=message.lead_id).move(
        source="new", target="contacted", last_contacted_at=NOON
    )
    DailyQuota.objects.create(customer=customer, day=NOON.date(), mode="live", used=1, limit=10)
    message.refresh_from_db()
    return message


def event(message: Message, name: str, number: Any = 1, **more: Any) -> dict[str, Any]:
    return {
        "event": name,
        "email": message.lead.email,
        "timestamp": int(NOON.timestamp()),
        "sg_event_id": f"event-{number}",
        "smtp-id": message.message_id,
        "message_pk": str(message.pk),
        **more,
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "more", "delivery", "listed", "lead", "push_backs"),
    [
        ("delivered", {}, "delivered", None, "contacted", 0),
        ("deferred", {}, "deferred", None, "contacted", 0),
        ("bounce", {"type": "bounce", "status": "5.1.1"}, "bounced", "hard_bounce", "bounced", 1),
        ("bounce", {"type": "blocked", "status": "4.7.1"}, "soft_bounced", None, "contacted", 0),
        ("spamreport", {}, "complained", "complaint", "unsubscribed", 1),
        ("unsubscribe", {}, "unsubscribed", "opt_out", "unsubscribed", 0),
        ("dropped", {"reason": "Bounced Address"}, "dropped", None, "contacted", 0),
    ],
)
def test_each_event_has_its_consequence_once(
    client: Client,
    configure: Callable[..., None],
    name: str,
    more: dict[str, str],
    delivery: str,
    listed: str | None,
    lead: str,
    push_backs: int,
) -> None:
    configure(**CONFIG)
    message = make_sent()

    answers = [post(client, [event(message, name, **more)]) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert [answer.content for answer in answers] == [b"1 new.", b"0 new.", b"0 new."]
    message.refresh_from_db()
    assert message.delivery == delivery
    assert list(Suppression.objects.values_list("reason", flat=True)) == (
        [listed] if listed else []
    )
    assert Lead.objects.get(pk=message.lead_id).status == lead
    assert DailyQuota.objects.get().push_backs == push_backs
    assert Breaker.objects.count() == 0


@pytest.mark.django_db
def test_any_order_ends_in_the_same_rows(client: Client, configure: Callable[..., None]) -> None:
    configure(**CONFIG)
    message = make_sent()

    post(client, [event(message, "spamreport", 3)])
    post(client, [event(message, "delivered", 2), event(message, "deferred", 1), {"event": "open"}])

    message.refresh_from_db()
    assert message.delivery == "complained"
    assert DeliveryEvent.objects.count() == 3


@pytest.mark.django_db
def test_an_event_settles_what_a_crash_left_open(
    client: Client, configure: Callable[..., None]
) -> None:
    configure(**CONFIG)
    message = make_sent("unknown")

    post(client, [event(message, "delivered")])

    message.refresh_from_db()
    assert message.status == MessageStatus.SENT


@pytest.mark.django_db
def test_a_refusal_for_reputation_stops_us_and_not_the_address(
    client: Client, configure: Callable[..., None]
) -> None:
    configure(**CONFIG)
    message = make_sent()

    post(client, [event(message, "bounce", type="bounce", status="5.7.515")])

    assert Suppression.objects.count() == 0
    assert Breaker.objects.get().code == "reputation"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"at": datetime(2026, 3, 4, 16, 49, tzinfo=UTC)},
        {"at": datetime(2026, 3, 4, 17, 11, tzinfo=UTC)},
        {"X-Twilio-Email-Event-Webhook-Signature": "AAAA"},
        {"X-Twilio-Email-Event-Webhook-Signature": "not base64!"},
        {"X-Twilio-Email-Event-Webhook-Timestamp": "soon"},
        # Digits, and still no time that could be read.
        {"X-Twilio-Email-Event-Webhook-Timestamp": "\u00b2"},
        {"X-Twilio-Email-Event-Webhook-Timestamp": "9" * 12},
        {"X-Twilio-Email-Event-Webhook-Timestamp": "9" * 5_000},
        {"X-Twilio-Email-Event-Webhook-Timestamp": str(int(NOON.timestamp()) + 1)},
    ],
)
def test_what_sendgrid_did_not_sign_is_refused(
    client: Client, configure: Callable[..., None], wrong: dict[str, Any]
) -> None:
    configure(**CONFIG)
    message = make_sent()

    answer = post(client, [event(message, "spamreport")], **wrong)

    assert answer.status_code == 403
    assert DeliveryEvent.objects.count() == 0


@pytest.mark.django_db
def test_without_a_key_every_event_is_refused(client: Client) -> None:
    assert post(client, []).status_code == 403


# --- What is not an event -------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    "payload",
    [
        {"event": "delivered", "sg_event_id": "1"},
        ["delivered", 1, None],
        [{"event": "delivered"}],
        [{"event": "open", "sg_event_id": "1"}, {"sg_event_id": "2"}],
    ],
)
def test_what_means_nothing_to_us_is_passed_over(
    client: Client, configure: Callable[..., None], payload: Any
) -> None:
    configure(**CONFIG)

    answer = post(client, payload)

    assert (answer.status_code, answer.content) == (200, b"0 new.")
    assert DeliveryEvent.objects.count() == 0


@pytest.mark.django_db
def test_a_mail_is_known_by_our_key_although_the_id_is_theirs(
    client: Client, configure: Callable[..., None]
) -> None:
    configure(**CONFIG)
    message = make_sent()
    stranger = {**event(message, "delivered", 2), "message_pk": "x", "smtp-id": "<of@them>"}
    del stranger["timestamp"]

    post(client, [{**event(message, "delivered"), "smtp-id": "<of@them>"}, stranger])

    found = [(row.message_id, row.at) for row in DeliveryEvent.objects.order_by("pk")]
    assert found == [(message.pk, NOON), (None, NOON)]


@pytest.mark.django_db
def test_a_block_is_a_soft_bounce_and_lists_nobody(
    client: Client, configure: Callable[..., None]
) -> None:
    configure(**CONFIG)
    message = make_sent()

    post(client, [event(message, "bounce", 1, type="blocked", status="5.7.1")])
    post(client, [event(message, "bounce", 2, type="bounce", status="4.2.2")])

    assert set(DeliveryEvent.objects.values_list("kind", flat=True)) == {"soft_bounced"}
    assert (Suppression.objects.count(), Breaker.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_a_key_of_another_kind_verifies_nothing(
    client: Client, configure: Callable[..., None]
) -> None:
    key = rsa.generate_private_key(65_537, 2_048).public_key()
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    configure(**{**CONFIG, "SENDGRID_WEBHOOK_KEY": base64.b64encode(der).decode()})

    assert post(client, []).status_code == 403


@pytest.mark.django_db
def test_too_much_and_no_json_are_refused(
    client: Client, configure: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(**CONFIG)
    assert post_bytes(client, b"{").status_code == 400
    monkeypatch.setattr("agents.webhooks.MAX_BYTES", 10)
    assert post_bytes(client, b"[" + b" " * 20 + b"]").status_code == 413

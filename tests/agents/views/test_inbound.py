"""SendGrid's Inbound Parse: only with the secret, only once, never lost."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command

from agents.inbox.classify import parse
from agents.inbox.selectors.inbound_webhook import PATH, inbound_webhook_secret
from agents.models import InboundMessage
from agents.states import InboundSource, InboundStatus
from tests.helpers.mailbag import reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sendgrid(configure: Callable[..., None]) -> None:
    configure(EMAIL_MODE="SENDGRID")


def post(client: Client, fields: dict[str, Any], secret: str | None = None) -> Any:
    word = inbound_webhook_secret() if secret is None else secret
    token = base64.b64encode(f"sendgrid:{word}".encode()).decode()
    return client.post(PATH, fields, headers={"Authorization": f"Basic {token}"})


RAW = reply("No thanks — über alles.", to="somebody@else.com").decode()


def test_a_mail_is_stored_raw_with_its_envelope(client: Client) -> None:
    envelope = '{"to":["reply+00@in.hossagent.test"],"from":"x@y.com"}'

    answer = post(client, {"email": RAW, "envelope": envelope})

    stored = InboundMessage.objects.get()
    assert answer.status_code == 200
    assert (stored.source, stored.status) == (InboundSource.SENDGRID, InboundStatus.PENDING)
    assert bytes(stored.raw).endswith(RAW.encode())
    assert parse(bytes(stored.raw)).recipients == (
        "somebody@else.com",
        "reply+00@in.hossagent.test",
    )


def test_a_replay_is_the_same_mail(client: Client) -> None:
    assert [post(client, {"email": RAW}).status_code for _ in range(2)] == [200, 200]
    assert InboundMessage.objects.count() == 1


@pytest.mark.parametrize("secret", ["", "wrong"])
def test_without_the_secret_nothing_is_stored(client: Client, secret: str) -> None:
    assert post(client, {"email": RAW}, secret=secret).status_code == 401
    assert client.post(PATH, {"email": RAW}).status_code == 401
    assert InboundMessage.objects.count() == 0


def test_a_large_mail_is_taken_and_a_huge_one_refused(client: Client) -> None:
    large = RAW + "x" * 6_000_000

    assert post(client, {"email": large}).status_code == 200
    assert post(client, {"email": "x" * 30_000_001}).status_code == 413
    assert InboundMessage.objects.count() == 1


@pytest.mark.parametrize("fields", [{}, {"text": "Hello"}])
def test_a_request_without_a_mail_says_what_to_switch_on(
    client: Client, fields: dict[str, str]
) -> None:
    answer = post(client, fields)

    assert answer.status_code == 400
    assert "raw, full MIME message" in answer.content.decode()


def test_an_injected_envelope_adds_no_header(client: Client) -> None:
    post(client, {"email": RAW, "envelope": '{"to":["a@b.com\\r\\nX-Evil: 1", 7]}'})

    assert b"X-Evil" not in bytes(InboundMessage.objects.get().raw)


def test_it_is_closed_in_every_other_mode(client: Client, configure: Callable[..., None]) -> None:
    configure(EMAIL_MODE="DRY_RUN")

    assert post(client, {"email": RAW}).status_code == 404


def test_the_address_is_printed_for_the_operator(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("inbound_url")

    assert f"sendgrid:{inbound_webhook_secret()}@" in capsys.readouterr().out

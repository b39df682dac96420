"""What is let in at /stripe/webhook, and that nothing is written for the rest."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import stripe
import time_machine
from django.db import DatabaseError

from billing.models import BillingEvent
from billing.services import events
from tests.conftest import NOON
from tests.fakes.stripe import WEBHOOK_SECRET, FakeStripe, signed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.test import Client

pytestmark = pytest.mark.django_db

EVENT = {
    "id": "evt_1",
    "object": "event",
    "type": "invoice.paid",
    "created": int(NOON.timestamp()),
    "livemode": False,
    "api_version": None,
    "data": {"object": {"id": "in_1", "object": "invoice", "customer": "cus_1"}},
}


@pytest.fixture(autouse=True)
def at_noon(fake_stripe: FakeStripe) -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def post(client: Client, **request: Any) -> int:
    return client.post("/stripe/webhook", **request).status_code


def test_a_genuine_event_becomes_one_row_however_often_it_comes(client: Client) -> None:
    answers = [post(client, **signed(EVENT, at=NOON)) for _ in range(3)]

    assert answers == [200, 200, 200]
    row = BillingEvent.objects.get()
    assert (row.event_id, row.type, row.object_id) == ("evt_1", "invoice.paid", "in_1")
    assert (row.stripe_customer_id, row.status, row.due_at) == ("cus_1", "pending", NOON)
    assert json.loads(row.body) == EVENT


def test_storing_takes_one_statement(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        post(client, **signed(EVENT, at=NOON))


def test_a_second_signature_of_a_rolled_secret_counts(client: Client) -> None:
    request = signed(EVENT, at=NOON)
    header = request["headers"]["Stripe-Signature"]
    request["headers"]["Stripe-Signature"] = header.replace("v1=", "v1=0123,v1=")

    assert post(client, **request) == 200


def test_an_event_of_another_kind_is_answered_and_forgotten(client: Client) -> None:
    assert post(client, **signed({**EVENT, "type": "charge.succeeded"}, at=NOON)) == 200
    assert BillingEvent.objects.count() == 0


HEADERLESS = {"data": json.dumps(EVENT), "content_type": "application/json"}


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        pytest.param(HEADERLESS, 400, id="no signature"),
        pytest.param({**HEADERLESS, "headers": {"Stripe-Signature": "foo"}}, 400, id="garbage"),
        pytest.param({**HEADERLESS, "headers": {"Stripe-Signature": "t=1,v0=1"}}, 400, id="v0"),
        pytest.param(signed(EVENT, at=NOON, secret="whsec_wrong"), 400, id="forged"),
        pytest.param({**signed(EVENT, at=NOON), "data": "{}"}, 400, id="tampered"),
        pytest.param(signed(EVENT, at=NOON - timedelta(seconds=301)), 400, id="stale"),
        pytest.param(signed(EVENT, at=NOON + timedelta(seconds=61)), 400, id="future"),
        pytest.param(signed({**EVENT, "livemode": True}, at=NOON), 400, id="livemode"),
        pytest.param(signed({**EVENT, "livemode": None}, at=NOON), 400, id="no livemode"),
        pytest.param(signed({**EVENT, "object": "event2"}, at=NOON), 400, id="not an event"),
        pytest.param(signed({**EVENT, "id": 7}, at=NOON), 400, id="id is no text"),
        pytest.param(signed({**EVENT, "id": "x" * 81}, at=NOON), 400, id="long id"),
        pytest.param(signed({**EVENT, "data": []}, at=NOON), 400, id="no object"),
        pytest.param(signed({**EVENT, "created": "noon"}, at=NOON), 400, id="no time"),
        pytest.param(signed("not json", at=NOON), 400, id="not json"),
        pytest.param(signed("[]", at=NOON), 400, id="a list"),
        pytest.param(signed("[" * 90_000, at=NOON), 400, id="deep"),
        pytest.param(signed(" " * 600_000, at=NOON), 413, id="oversized"),
        pytest.param({**signed(EVENT, at=NOON), "content_type": "text/plain"}, 415, id="type"),
        pytest.param({**HEADERLESS, "data": b"\xff\xfe"}, 400, id="not utf-8"),
    ],
)
def test_anything_else_is_refused_with_nothing_written(
    client: Client, django_assert_num_queries: Any, request_: dict[str, Any], status: int
) -> None:
    with django_assert_num_queries(0):
        assert post(client, **request_) == status


@pytest.mark.parametrize("seconds", [-300, 60])
def test_the_edges_of_the_age_are_inside(client: Client, seconds: int) -> None:
    assert post(client, **signed(EVENT, at=NOON + timedelta(seconds=seconds))) == 200


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch", "head", "options"])
def test_only_post_is_answered(client: Client, method: str) -> None:
    assert getattr(client, method)("/stripe/webhook").status_code == 405


def test_off_means_there_is_no_webhook(client: Client, configure: Callable[..., None]) -> None:
    configure(ENABLE_STRIPE=False)

    assert post(client, **signed(EVENT, at=NOON)) == 404


def test_without_a_secret_nothing_can_be_verified(
    client: Client, configure: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    configure(STRIPE_WEBHOOK_SECRET="")

    assert post(client, **signed(EVENT, at=NOON)) == 503
    assert "STRIPE_WEBHOOK_SECRET is not set" in caplog.text
    assert BillingEvent.objects.count() == 0


def test_in_release_mode_without_a_secret_webhooks_are_off(
    client: Client, configure: Callable[..., None]
) -> None:
    configure(STRIPE_WEBHOOK_SECRET="", RELEASE_MODE=True)

    assert client.post("/stripe/webhook", **signed(EVENT, at=NOON), secure=True).status_code == 404


def test_a_row_that_cannot_be_stored_is_asked_for_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: object) -> None:
        raise DatabaseError("disk full")

    monkeypatch.setattr(events, "store_event", broken)

    assert post(client, **signed(EVENT, at=NOON)) == 500


def test_a_signed_time_that_is_no_time_is_refused(
    client: Client, django_assert_num_queries: Any
) -> None:
    body = json.dumps(EVENT)
    header = stripe.WebhookSignature.generate_signature_header(
        body, WEBHOOK_SECRET, timestamp=10**18
    )

    with django_assert_num_queries(0):
        answer = client.post(
            "/stripe/webhook",
            body,
            content_type="application/json",
            headers={"Stripe-Signature": header},
        )

    assert (answer.status_code, answer.content) == (400, b"The signature's time is not a time.\n")


def test_a_length_that_is_no_number_is_refused(client: Client) -> None:
    request = signed(EVENT, at=NOON)
    request["headers"]["Content-Length"] = "much"

    assert post(client, **request) == 411

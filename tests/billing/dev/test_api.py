"""What the pretend Stripe's API refuses, as Stripe does."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from billing.dev.forms import decode_form
from billing.dev.objects import ApiError
from tests.conftest import NOON

if TYPE_CHECKING:
    from tests.billing.conftest import Buyer
    from tests.fakes.stripe import FakeStripe


def ask(fake: FakeStripe, method: str, path: str, **params: str) -> tuple[int, str]:
    """Status, and Stripe's word or sentence for why."""
    url, body = path, urllib.parse.urlencode(params)
    text, status, _ = fake.api.handle(method, url, {}, body)
    error = json.loads(text).get("error", {})
    return status, error.get("code") or error.get("message", "")


def test_forms_are_read_in_both_of_their_spellings() -> None:
    assert decode_form("a[]=1&a[]=2&b[0][c]=3&b[1][c]=4&d=") == {
        "a": ["1", "2"],
        "b": [{"c": "3"}, {"c": "4"}],
        "d": "",
    }


def test_refusals_of_the_api(fake_stripe: FakeStripe) -> None:
    world = fake_stripe.world
    sold = {"product": "p", "currency": "usd", "unit_amount": "5", "lookup_key": "k"}
    monthly = {"recurring[interval]": "month"}
    session = {"customer": "c", "mode": "subscription", "success_url": "/"}
    world.add("customer", "cus", {"id": "c"})
    soon = str(int((NOON + timedelta(hours=47)).timestamp()))

    answers = [
        ask(fake_stripe, "post", "/v1/products", id="p", name="P"),
        ask(fake_stripe, "post", "/v1/products", id="p", name="P"),
        ask(fake_stripe, "post", "/v1/prices", **sold, **monthly),
        ask(fake_stripe, "post", "/v1/prices", **sold, **monthly),
    ]
    price = world.all("price")[0]
    buys = {**session, "line_items[0][price]": price["id"]}
    answers += [
        ask(
            fake_stripe,
            "post",
            "/v1/checkout/sessions",
            **buys,
            **{"subscription_data[trial_end]": soon},
        ),
        ask(fake_stripe, "post", f"/v1/prices/{price['id']}", active="false"),
        ask(fake_stripe, "post", "/v1/checkout/sessions", **buys),
        ask(fake_stripe, "put", "/v1/products"),
    ]

    assert answers == [
        (200, ""),
        (400, "resource_already_exists"),
        (200, ""),
        (400, "resource_already_exists"),
        (400, "The trial_end has to be at least 48 hours in the future."),
        (200, ""),
        (400, "The price is not active."),
        (404, "Unrecognized request URL (put /v1/products)."),
    ]


def test_a_key_used_for_another_request_is_refused(fake_stripe: FakeStripe) -> None:
    def post(name: str) -> str:
        text, _, _ = fake_stripe.api.handle(
            "post", "/v1/customers", {"Idempotency-Key": "k"}, f"name={name}"
        )
        found = json.loads(text)
        return str(found.get("id") or found["error"]["type"])

    first, again, other = post("a"), post("a"), post("b")

    assert (first, other) == (again, "idempotency_error")
    assert len(fake_stripe.world.all("customer")) == 1


@pytest.mark.django_db
def test_refusals_about_a_subscription(payer: Buyer, fake_stripe: FakeStripe) -> None:
    world = fake_stripe.world
    path = f"/v1/subscriptions/{payer.subscription_id}"
    one = world.get("subscription", payer.subscription_id)

    unchanged = [ask(fake_stripe, "post", path, trial_end="now"), ask(fake_stripe, "post", path)]
    assert unchanged == [(200, "")] * 2
    assert one["status"] == "active"
    assert ask(fake_stripe, "delete", path)[0] == 200
    assert ask(fake_stripe, "delete", path) == (404, "resource_missing")
    assert ask(fake_stripe, "post", path, trial_end="now") == (404, "resource_missing")
    listed, _, _ = fake_stripe.api.handle(
        "get", f"/v1/subscriptions?customer={payer.stripe_id}", {}, None
    )
    assert json.loads(listed)["data"] == []
    session = world.all("checkout.session")[0]["id"]
    expiring = ask(fake_stripe, "post", f"/v1/checkout/sessions/{session}/expire")
    assert expiring == (400, "Only open sessions can be expired.")
    with pytest.raises(ApiError, match="no longer open"):
        world.complete_checkout(session)

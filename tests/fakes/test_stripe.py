"""The fake's own checks: a parameter or a key that the SDK does not know is caught."""

from __future__ import annotations

import json
from typing import Any

import pytest
from stripe.params import PriceListParams
from stripe.params.checkout import SessionCreateParams

from billing.dev.forms import decode_form
from tests.conftest import NOON
from tests.fakes.stripe import FakeStripe, check_response, problems

GOOD = (
    "mode=subscription&line_items[0][price]=p&line_items[0][quantity]=1&success_url=u"
    "&subscription_data[trial_end]=1&subscription_data[metadata][k]=v"
)


def test_a_form_is_read_back_as_a_tree() -> None:
    assert decode_form("a[b][0][c]=1&a[b][1][c]=2&d=x&e[]=1&e[]=2") == {
        "a": {"b": [{"c": "1"}, {"c": "2"}]},
        "d": "x",
        "e": ["1", "2"],
    }


@pytest.mark.parametrize(
    ("form", "found"),
    [
        (GOOD, 0),
        (GOOD + "&modee=1", 1),
        (GOOD + "&subscription_data[trial_ends]=1", 1),
        (GOOD + "&subscription_data[trial_settings][end_behavior][missing]=cancel", 2),
        (GOOD.replace("mode=subscription", "mode=subscribe"), 1),
        (GOOD.replace("quantity]=1", "quantity]=one"), 1),
        (GOOD + "&allow_promotion_codes=yes", 1),
    ],
)
def test_request_types_catch_what_stripe_would_refuse(form: str, found: int) -> None:
    assert len(problems(SessionCreateParams, decode_form(form))) == found


def test_list_parameters_are_checked_too() -> None:
    assert problems(PriceListParams, decode_form("lookup_keys[0]=a&active=true&limit=3")) == []
    assert len(problems(PriceListParams, decode_form("lookup_key=a"))) == 1


def test_a_key_that_the_sdk_does_not_know_is_caught() -> None:
    with pytest.raises(AssertionError, match="paid"):
        check_response({"object": "invoice", "id": "in_1", "paid": True}, "new")


def ask(fake: FakeStripe, form: str, key: str = "") -> tuple[int, dict[str, Any]]:
    headers = {"Idempotency-Key": key} if key else {}
    text, status, _ = fake.request("post", "https://x/v1/customers", headers, form)
    return status, json.loads(text)


def test_an_idempotency_key_replays_and_conflicts() -> None:
    fake = FakeStripe(NOON)

    first, again = ask(fake, "name=a", "k"), ask(fake, "name=a", "k")
    other = ask(fake, "name=b", "k")

    assert first == again
    assert other[0] == 400
    assert other[1]["error"]["type"] == "idempotency_error"
    assert ask(fake, "name=a")[1]["id"] != first[1]["id"]


def test_lists_come_in_pages() -> None:
    fake = FakeStripe(NOON)
    fake.world.add("customer", "cus", {"id": "cus_1"})
    for number in range(3):
        fake.world.add("invoice", "in", {"id": f"in_{number}", "customer": "cus_1"})

    url = "https://x/v1/invoices?customer=cus_1&limit=2"
    first = json.loads(fake.request("get", url, {})[0])
    second = json.loads(fake.request("get", f"{url}&starting_after=in_1", {})[0])

    assert ([i["id"] for i in first["data"]], first["has_more"]) == (["in_2", "in_1"], True)
    assert ([i["id"] for i in second["data"]], second["has_more"]) == (["in_0"], False)

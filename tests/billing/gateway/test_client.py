"""Only the gateway reaches Stripe, and with Stripe off it does not either."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

import pytest
import stripe
from djstripe import models as djstripe
from djstripe.settings import djstripe_settings

from billing import gateway
from billing.dev.objects import ApiError
from billing.plans import PRO
from tests.conftest import NOON
from tests.fakes.stripe import API_KEY, FakeStripe

if TYPE_CHECKING:
    from collections.abc import Callable


def test_dj_stripe_and_the_bare_sdk_cannot_call(fake_stripe: FakeStripe) -> None:
    """Even with Stripe on, and even with a key in hand."""
    with pytest.raises(gateway.StripeIsOff):
        stripe.Customer.list(api_key=API_KEY)
    with pytest.raises(gateway.StripeIsOff):
        djstripe.Customer(id="cus_1").api_retrieve(api_key=API_KEY)  # type: ignore[no-untyped-call] # dj-stripe's
    assert fake_stripe.calls == []


def test_dj_stripe_knows_no_key() -> None:
    assert djstripe_settings.TEST_API_KEY in {None, ""}
    assert djstripe_settings.LIVE_API_KEY in {None, ""}


ARGUMENTS: dict[str, Any] = {
    "plan": PRO,
    "created_at": NOON,
    "request": gateway.CheckoutRequest(
        checkout_id=1,
        created_at=NOON,
        stripe_customer_id="x",
        price_id="x",
        trial=None,
        success_url="x",
        cancel_url="x",
        metadata={},
    ),
    "amount_cents": 100,
    "customer_id": 1,
    "invoice_id": 1,
}


def functions_that_call() -> list[str]:
    found = inspect.getmembers(gateway, inspect.isfunction)
    return [
        name
        for name, function in found
        if not name.startswith("_") and "calling()" in inspect.getsource(function)
    ]


@pytest.mark.parametrize("name", functions_that_call())
@pytest.mark.parametrize(
    "settings_", [{"ENABLE_STRIPE": False}, {"ENABLE_STRIPE": True, "STRIPE_API_KEY": "sk_bad"}]
)
def test_off_means_off_for_every_function(
    fake_stripe: FakeStripe,
    configure: Callable[..., None],
    name: str,
    settings_: dict[str, Any],
) -> None:
    configure(**settings_)
    function = getattr(gateway, name)
    wanted = inspect.signature(function).parameters
    given = {parameter: ARGUMENTS.get(parameter, "x") for parameter in wanted}

    with pytest.raises(gateway.StripeIsOff, match=r"^Stripe is off: "):
        function(**given)

    assert fake_stripe.calls == []


def test_there_are_functions_to_check() -> None:
    assert len(functions_that_call()) >= 18


@pytest.mark.parametrize(
    ("settings_", "logged"),
    [
        ({"ENABLE_STRIPE": True}, 1),
        ({"ENABLE_STRIPE": True, "STRIPE_API_KEY": "sk_live_fake"}, 1),
        ({"ENABLE_STRIPE": True, "STRIPE_API_KEY": API_KEY}, 0),
        ({"ENABLE_STRIPE": False}, 0),
    ],
)
def test_a_misconfiguration_is_said_at_start_up(
    configure: Callable[..., None],
    caplog: pytest.LogCaptureFixture,
    settings_: dict[str, Any],
    logged: int,
) -> None:
    configure(**settings_)

    gateway.log_misconfiguration()

    assert caplog.text.count("[STRIPE][DISABLED_MISCONFIG]") == logged


def test_calls_carry_the_pinned_version_and_a_key_of_our_own(fake_stripe: FakeStripe) -> None:
    gateway.create_customer(customer_id=7, created_at=NOON)

    headers = fake_stripe.api.calls[0].headers
    assert headers["stripe-version"] == "2026-08-26.dahlia"
    assert headers["idempotency-key"] == f"hossagent:127.0.0.1:customer:7:{int(NOON.timestamp())}"


@pytest.mark.parametrize(
    ("switch", "error"),
    [({"is_down": True}, gateway.StripeUnavailable), ({"rejects_key": True}, gateway.StripeIsOff)],
)
def test_errors_have_names(
    fake_stripe: FakeStripe, switch: dict[str, bool], error: type[Exception]
) -> None:
    vars(fake_stripe.api).update(switch)

    with pytest.raises(error):
        gateway.retrieve_account()


@pytest.mark.parametrize("key", ["sk_live_1234567890abcdef12", "rk_live_1234567890abcdef12"])
def test_the_key_says_whether_money_is_real(configure: Callable[..., None], key: str) -> None:
    configure(STRIPE_API_KEY=key)

    assert gateway.is_live_mode() is True


def test_a_key_that_stripe_refuses_is_not_tried_again_at_once(
    fake_stripe: FakeStripe, caplog: pytest.LogCaptureFixture
) -> None:
    """Two threads may find out at the same moment; it is one misconfiguration."""
    fake_stripe.api.rejects_key = True
    for _ in range(2):
        with pytest.raises(gateway.StripeIsOff, match="a valid key of the right mode"):
            gateway.retrieve_account()
        gateway.client._rejected.update({API_KEY: 0.0})  # five minutes later

    gateway.client._rejected.update({API_KEY: float("inf")})
    with pytest.raises(gateway.StripeIsOff, match="a moment ago"):
        gateway.retrieve_account()

    assert len(fake_stripe.calls) == 2
    assert caplog.text.count("[STRIPE][DISABLED_MISCONFIG]") == 1


def test_key_restricted_in_one_thing_still_does_the_others(
    fake_stripe: FakeStripe, caplog: pytest.LogCaptureFixture
) -> None:
    fake_stripe.api.errors["/v1/webhook_endpoints"] = ApiError(
        "The provided key does not have the required permissions.", status=403
    )

    with pytest.raises(gateway.StripeRefused, match="required permissions"):
        gateway.list_webhook_endpoints()

    assert gateway.retrieve_account()["id"] == "acct_stand_in"
    assert "DISABLED_MISCONFIG" not in caplog.text


def test_not_even_an_asynchronous_call_gets_out() -> None:
    with pytest.raises(gateway.StripeIsOff):
        asyncio.run(
            gateway.client.BlockedHTTPClient().request_async("get", "https://api.stripe.com")
        )

"""To Stripe's pages and back: the URLs, and what the customer reads."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.contrib.messages import get_messages

from billing import gateway
from billing.dev.objects import ApiError
from billing.models import Checkout, Subscription
from billing.services import checkouts
from billing.states import CheckoutPurpose
from tests.billing.conftest import last_session_params, sign_in
from tests.conftest import NOON
from tests.factories import CustomerFactory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.test import Client

    from tests.billing.conftest import Buyer
    from tests.fakes.stripe import FakeStripe

pytestmark = pytest.mark.django_db

START, UPGRADE = CheckoutPurpose.START, CheckoutPurpose.UPGRADE

CHECKOUT = "/api/create-checkout-session"

PORTAL = "/api/create-billing-portal-session"


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_coming_back_takes_the_state_over_without_a_webhook(
    client: Client, trialist: Buyer
) -> None:
    sign_in(client, trialist.customer)
    session = Checkout.objects.get().stripe_session_id

    response = client.get(f"/post-checkout?session_id={session}")

    assert (response.status_code, response.headers["Location"]) == (303, "/portal/")
    assert trialist.row.status == "trialing"
    assert Checkout.objects.get().status == "completed"


def test_somebody_else_s_session_is_nobody_s_business(
    client: Client, trialist: Buyer, fake_stripe: FakeStripe
) -> None:
    stranger = CustomerFactory.create()
    checkouts.start_checkout(customer=stranger, purpose=START, now=NOON)
    sign_in(client, stranger)
    session = Checkout.objects.get(customer=trialist.customer).stripe_session_id

    assert client.get(f"/post-checkout?session_id={session}").status_code == 404
    assert Subscription.objects.get(customer=stranger).status == "none"


@pytest.mark.parametrize("query", ["", "?session_id=", "?session_id=cs_unknown", "?session_id=x"])
def test_a_session_that_does_not_exist_is_404(client: Client, trialist: Buyer, query: str) -> None:
    sign_in(client, trialist.customer)

    assert client.get(f"/post-checkout{query}").status_code == 404


def test_coming_back_during_an_outage_shows_the_portal(
    client: Client, trialist: Buyer, fake_stripe: FakeStripe
) -> None:
    sign_in(client, trialist.customer)
    fake_stripe.api.is_down = True
    session = Checkout.objects.get().stripe_session_id

    response = client.get(f"/post-checkout?session_id={session}")

    assert response.headers["Location"] == "/portal/"
    assert "cannot be reached" in said(response)[0]


def test_back_from_billing_portal_in_an_outage_shows_portal(
    client: Client, payer: Buyer, fake_stripe: FakeStripe
) -> None:
    """What we know is shown, and nothing is changed."""
    sign_in(client, payer.customer)
    fake_stripe.api.is_down = True

    back = client.get("/post-billing")

    assert (back.status_code, back.headers["Location"]) == (302, "/portal/")
    assert payer.row.status == "none"


def test_the_form_goes_to_stripe(client: Client, fake_stripe: FakeStripe) -> None:
    sign_in(client, CustomerFactory.create())

    response = client.post(CHECKOUT, {"purpose": "start"})

    assert response.status_code == 303
    assert response.headers["Location"].startswith("http://stand-in.test/checkout/")


def test_json_gets_the_address(client: Client, fake_stripe: FakeStripe) -> None:
    sign_in(client, CustomerFactory.create())

    response = client.post(CHECKOUT, {"purpose": "start"}, content_type="application/json")

    assert response.status_code == 200
    assert response.json()["url"].startswith("http://stand-in.test/checkout/")
    assert "trial_end" in last_session_params(fake_stripe)["subscription_data"]


@pytest.mark.parametrize("body", ["[]", "{", '{"purpose": 7}'])
def test_odd_json_means_paying(client: Client, fake_stripe: FakeStripe, body: str) -> None:
    sign_in(client, CustomerFactory.create())

    response = client.post(CHECKOUT, body, content_type="application/json")

    assert response.status_code == 200
    assert Checkout.objects.get().purpose == "upgrade"


def test_upgrading_with_a_card_on_file_charges_it(
    client: Client, trialist: Buyer, fake_stripe: FakeStripe
) -> None:
    sign_in(client, trialist.customer)

    response = client.post(CHECKOUT, {"purpose": "upgrade"})

    assert response.headers["Location"] == "/portal/"
    assert "your card was charged" in said(response)[0]
    assert (trialist.row.status, trialist.row.last_paid_at) == ("active", NOON)


def test_the_subscribed_are_told_so(client: Client, payer: Buyer) -> None:
    sign_in(client, payer.customer)

    response = client.post(CHECKOUT, content_type="application/json")

    assert response.status_code == 409
    assert "already have a subscription" in response.json()["error"]


def test_stripe_off_lets_sign_up_go_on_and_refuses_upgrades(
    client: Client, configure: Callable[..., None]
) -> None:
    """The refusal says why."""
    configure(ENABLE_STRIPE=False)
    sign_in(client, CustomerFactory.create())

    start = client.post(CHECKOUT, {"purpose": "start"})
    upgrade = client.post(CHECKOUT, {"purpose": "upgrade"})

    assert start.headers["Location"] == upgrade.headers["Location"] == "/portal/"
    assert ["Payments are turned off" in sentence for sentence in said(upgrade)] == [True]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (gateway.StripeUnavailable("down"), 503),
        (gateway.StripeRefused("no", code="whatever"), 502),
        (gateway.CardDeclined("Your card was declined."), 402),
        (gateway.StripeIsOff("off"), 409),
        (checkouts.CheckoutBusy(), 409),
    ],
)
def test_every_failure_is_a_sentence(
    client: Client,
    fake_stripe: FakeStripe,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    status: int,
) -> None:
    sign_in(client, CustomerFactory.create())

    def fail(**_: object) -> str:
        raise error

    monkeypatch.setattr(checkouts, "start_checkout", fail)

    response = client.post(CHECKOUT, content_type="application/json")

    assert response.status_code == status
    assert response.json()["error"].endswith(".")


def test_manage_billing_goes_to_stripe_and_comes_back_in_step(
    client: Client, payer: Buyer, fake_stripe: FakeStripe
) -> None:
    sign_in(client, payer.customer)

    there = client.post(PORTAL)
    fake_stripe.world.change(
        fake_stripe.world.get("subscription", payer.subscription_id), cancel_at_period_end=True
    )
    back = client.get("/post-billing")

    assert there.headers["Location"].startswith("http://stand-in.test/portal/")
    assert back.headers["Location"] == "/portal/"
    assert payer.row.cancel_at == NOON + timedelta(days=30)
    configurations = fake_stripe.world.all("billing_portal.configuration")
    client.post(PORTAL)
    assert fake_stripe.world.all("billing_portal.configuration") == configurations


@pytest.mark.parametrize("address", [CHECKOUT, PORTAL])
def test_only_owners_pay(client: Client, fake_stripe: FakeStripe, address: str) -> None:
    anonymous = client.post(address)
    sign_in(client, CustomerFactory.create(), role="member")
    member = client.post(address)

    assert anonymous.headers["Location"].startswith("/login")
    assert member.status_code == 403
    assert client.get(address).status_code == 405
    assert fake_stripe.calls == []


def test_upgrading_with_a_card_that_is_declined_says_so(
    client: Client, trialist: Buyer, fake_stripe: FakeStripe
) -> None:
    fake_stripe.world.declined.add(trialist.stripe_id)
    sign_in(client, trialist.customer)

    response = client.post(CHECKOUT, {"purpose": "upgrade"})

    assert said(response) == [
        (
            "The trial has ended, and the card on file was declined. "
            "Choose Manage Billing to use another card."
        )
    ]
    assert trialist.row.status == "past_due"


def test_a_refusal_by_the_bank_is_the_bank_s_sentence(
    client: Client, trialist: Buyer, fake_stripe: FakeStripe
) -> None:
    fake_stripe.api.errors[f"/v1/subscriptions/{trialist.subscription_id}"] = ApiError(
        "Your card has expired.", status=402, code="expired_card", kind="card_error"
    )
    sign_in(client, trialist.customer)

    response = client.post(CHECKOUT, {"purpose": "upgrade"}, content_type="application/json")

    assert response.status_code == 402
    assert response.json()["error"].startswith("Your card has expired. Choose Manage Billing")
    assert trialist.row.status == "trialing"

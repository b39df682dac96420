"""Checkout and the billing portal, from the customer's side."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.contrib.messages import get_messages

from accounts.models import OutboxMail
from billing import gateway
from billing.models import Checkout, Subscription, TrialIdentity
from billing.services import checkouts, subscriptions, trial_guard
from billing.stand_in.world import DECLINED_CARD
from billing.states import CheckoutPurpose
from tests.billing.conftest import process_all, receive
from tests.conftest import NOON
from tests.factories import CustomerFactory, MembershipFactory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.test import Client

    from accounts.models import Customer
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


def sign_in(client: Client, customer: Customer, role: str = "owner") -> None:
    client.force_login(MembershipFactory.create(customer=customer, role=role).user)


def said(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def last_session_params(fake: FakeStripe) -> dict[str, Any]:
    calls = [c for c in fake.api.calls if (c.method, c.path) == ("post", "/v1/checkout/sessions")]
    return calls[-1].params


# --- Opening a checkout --------------------------------------------------------------


def test_sign_up_keeps_the_trial_to_its_very_end(fake_stripe: FakeStripe) -> None:
    customer = CustomerFactory.create()

    url = checkouts.start_checkout(customer=customer, purpose=START, now=NOON)

    assert url.startswith("http://stand-in.test/checkout/")
    sent = last_session_params(fake_stripe)
    data = sent["subscription_data"]
    assert data["trial_end"] == str(int((NOON + timedelta(days=7)).timestamp()))
    assert data["trial_settings"] == {"end_behavior": {"missing_payment_method": "cancel"}}
    assert sent["payment_method_collection"] == "always"
    assert sent["success_url"].endswith("/post-checkout?session_id={CHECKOUT_SESSION_ID}")
    assert sent["cancel_url"].endswith("/signup")


@pytest.mark.parametrize(
    ("left", "trial"),
    [
        (timedelta(hours=49), {"trial_end"}),
        (timedelta(hours=48, minutes=59), {"trial_period_days"}),
        (timedelta(minutes=1), {"trial_period_days"}),
        (timedelta(0), set()),
        (timedelta(hours=-1), set()),
    ],
)
def test_what_is_left_of_the_trial_is_given_in_a_way_checkout_takes(
    fake_stripe: FakeStripe, left: timedelta, trial: set[str]
) -> None:
    customer = CustomerFactory.create()
    fake_stripe.now = NOON + timedelta(days=7) - left

    checkouts.start_checkout(customer=customer, purpose=START, now=fake_stripe.now)

    data = last_session_params(fake_stripe)["subscription_data"]
    assert set(data) & {"trial_end", "trial_period_days"} == trial


def test_upgrading_pays_at_once(fake_stripe: FakeStripe) -> None:
    checkouts.start_checkout(customer=CustomerFactory.create(), purpose=UPGRADE, now=NOON)

    assert "trial_end" not in last_session_params(fake_stripe)["subscription_data"]


def test_the_catalog_and_the_customer_are_made_once(fake_stripe: FakeStripe) -> None:
    customer = CustomerFactory.create()
    for purpose in (START, UPGRADE, START):
        checkouts.start_checkout(customer=customer, purpose=purpose, now=NOON)

    made = [call for call in fake_stripe.calls if call.startswith("post")]
    assert made.count("post /v1/products") == 1
    assert made.count("post /v1/prices") == 1
    assert made.count("post /v1/customers") == 1
    assert len(fake_stripe.world.all("customer")) == 1


def test_a_customer_made_and_lost_in_a_crash_is_found_again(
    fake_stripe: FakeStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = CustomerFactory.create()

    def crash(**_: object) -> None:
        raise RuntimeError("power cut")

    with monkeypatch.context() as broken:
        broken.setattr(gateway, "update_customer", crash)
        with pytest.raises(RuntimeError):
            checkouts.start_checkout(customer=customer, purpose=START, now=NOON)
    customer.email = "new@agency.test"
    customer.save()

    checkouts.start_checkout(customer=customer, purpose=START, now=NOON)

    (made,) = fake_stripe.world.all("customer")
    assert made["email"] == "new@agency.test"
    assert Subscription.objects.get(customer=customer).stripe_customer_id == made["id"]


def test_an_address_that_stripe_refuses_does_not_stop_a_sale(fake_stripe: FakeStripe) -> None:
    customer = CustomerFactory.create(email="no address at all")

    assert checkouts.start_checkout(customer=customer, purpose=START, now=NOON)


# --- One subscription at most --------------------------------------------------------


def test_two_tabs_get_the_same_page(fake_stripe: FakeStripe) -> None:
    customer = CustomerFactory.create()

    first = checkouts.start_checkout(customer=customer, purpose=START, now=NOON)
    second = checkouts.start_checkout(customer=customer, purpose=START, now=NOON)

    assert first == second
    assert Checkout.objects.count() == 1


def test_a_tab_for_another_purpose_closes_the_first_one_at_stripe(
    fake_stripe: FakeStripe,
) -> None:
    customer = CustomerFactory.create()
    first = checkouts.start_checkout(customer=customer, purpose=START, now=NOON)

    checkouts.start_checkout(customer=customer, purpose=UPGRADE, now=NOON)

    session = fake_stripe.world.get("checkout.session", first.rpartition("/")[2])
    assert session["status"] == "expired"
    assert sorted(Checkout.objects.values_list("status", flat=True)) == ["expired", "open"]


def test_a_page_that_was_paid_meanwhile_is_not_given_out_again(fake_stripe: FakeStripe) -> None:
    customer = CustomerFactory.create()
    url = checkouts.start_checkout(customer=customer, purpose=START, now=NOON)
    fake_stripe.world.complete_checkout(url.rpartition("/")[2])

    with pytest.raises(checkouts.AlreadySubscribed):
        checkouts.start_checkout(customer=customer, purpose=UPGRADE, now=NOON)

    assert Subscription.objects.get(customer=customer).status == "trialing"


def test_a_page_that_expired_at_stripe_is_replaced(fake_stripe: FakeStripe) -> None:
    customer = CustomerFactory.create()
    first = checkouts.start_checkout(customer=customer, purpose=START, now=NOON)
    fake_stripe.world.get("checkout.session", first.rpartition("/")[2])["status"] = "expired"

    second = checkouts.start_checkout(customer=customer, purpose=START, now=NOON)

    assert second != first


def test_a_page_nobody_used_for_a_day_is_replaced(fake_stripe: FakeStripe) -> None:
    customer = CustomerFactory.create()
    first = checkouts.start_checkout(customer=customer, purpose=START, now=NOON)
    fake_stripe.later(hours=23)

    second = checkouts.start_checkout(customer=customer, purpose=START, now=fake_stripe.now)

    assert second != first


def test_a_tab_that_was_overtaken_while_stripe_answered_closes_its_page(
    fake_stripe: FakeStripe,
) -> None:
    customer = CustomerFactory.create()

    def overtake(call: Any) -> None:
        if (call.method, call.path) == ("post", "/v1/checkout/sessions"):
            fake_stripe.api.before_answer = None
            Checkout.objects.update(status="expired")

    fake_stripe.api.before_answer = overtake

    url = checkouts.start_checkout(customer=customer, purpose=START, now=NOON)

    states = {s["url"]: s["status"] for s in fake_stripe.world.all("checkout.session")}
    assert states == {None: "expired", url: "open"}


def test_a_second_subscription_gets_no_second_trial(
    trialist: Buyer, fake_stripe: FakeStripe
) -> None:
    fake_stripe.world.end(trialist.subscription_id)

    checkouts.start_checkout(customer=trialist.customer, purpose=START, now=NOON)

    assert "trial_end" not in last_session_params(fake_stripe)["subscription_data"]


def test_an_outage_leaves_the_same_checkout_to_try_again(fake_stripe: FakeStripe) -> None:
    customer = CustomerFactory.create()

    def fail_once(call: Any) -> None:
        if (call.method, call.path) == ("post", "/v1/checkout/sessions"):
            fake_stripe.api.before_answer = None
            raise gateway.StripeUnavailable("cut off")

    fake_stripe.api.before_answer = fail_once

    with pytest.raises(gateway.StripeUnavailable):
        checkouts.start_checkout(customer=customer, purpose=START, now=NOON)
    checkouts.start_checkout(customer=customer, purpose=START, now=NOON)

    assert len(fake_stripe.world.all("checkout.session")) == 1


# --- Coming back ---------------------------------------------------------------------


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


# --- The two addresses ---------------------------------------------------------------


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


def test_with_stripe_off_sign_up_goes_on_and_upgrading_says_why_not(
    client: Client, configure: Callable[..., None]
) -> None:
    configure(ENABLE_STRIPE=False)
    sign_in(client, CustomerFactory.create())

    start = client.post(CHECKOUT, {"purpose": "start"})
    upgrade = client.post(CHECKOUT, {"purpose": "upgrade"})

    assert start.headers["Location"] == upgrade.headers["Location"] == "/portal/"
    assert ["Payments are switched off" in sentence for sentence in said(upgrade)] == [True]


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


# --- The operator --------------------------------------------------------------------


def test_the_operator_ends_a_trial_and_it_is_written_down(trialist: Buyer) -> None:
    subscriptions.upgrade(customer=trialist.customer, by="hoss@x.test", now=NOON)

    assert trialist.row.status == "active"
    with pytest.raises(subscriptions.NoTrialToEnd):
        subscriptions.upgrade(customer=trialist.customer, by="hoss@x.test", now=NOON)


@pytest.mark.parametrize(("at_once", "status"), [(False, "active"), (True, "canceled")])
def test_the_operator_cancels(payer: Buyer, *, at_once: bool, status: str) -> None:
    subscriptions.cancel(customer=payer.customer, by="hoss@x.test", now=NOON, at_once=at_once)

    assert payer.row.status == status
    assert (payer.row.cancel_at is None) is at_once


def test_nothing_to_cancel_is_a_fact(fake_stripe: FakeStripe) -> None:
    with pytest.raises(subscriptions.NothingToCancel):
        subscriptions.cancel(customer=CustomerFactory.create(), by="x", now=NOON)


def test_a_declined_card_leaves_the_trial_subscription_past_due(
    fake_stripe: FakeStripe,
) -> None:
    customer = CustomerFactory.create()
    url = checkouts.start_checkout(customer=customer, purpose=START, now=NOON)
    fake_stripe.world.complete_checkout(url.rpartition("/")[2], card=DECLINED_CARD)
    fake_stripe.later(days=7)
    fake_stripe.world.next_period(fake_stripe.world.all("subscription")[0]["id"])

    receive(fake_stripe, fake_stripe.take_events())
    process_all(fake_stripe)

    row = Subscription.objects.get(customer=customer)
    assert (row.status, row.last_paid_at) == ("past_due", None)


# --- A card that has had a trial -----------------------------------------------------


def _seen_before(fake: FakeStripe, customer: Customer) -> None:
    """Another agency had its trial with the card that the fake's checkout uses."""
    for company, wanted in ((CustomerFactory.create(), True), (customer, False)):
        TrialIdentity.objects.create(
            customer=company,
            outcome="trial",
            score=0,
            signals=[],
            decided_at=NOON,
            mailbox_hash=f"hash of {company.email}",
        )
        if wanted:
            trial_guard.note_card(
                customer=company, fingerprint="fingerprint-of-4242424242424242", now=NOON
            )


@pytest.mark.parametrize("by_webhook", [True, False])
def test_a_second_trial_on_one_card_is_ended_before_anything_is_charged(
    client: Client, trialist: Buyer, fake_stripe: FakeStripe, *, by_webhook: bool
) -> None:
    _seen_before(fake_stripe, trialist.customer)
    told = fake_stripe.take_events()

    if by_webhook:
        receive(fake_stripe, told)
        process_all(fake_stripe)
    else:
        sign_in(client, trialist.customer)
        client.get(f"/post-checkout?session_id={Checkout.objects.get().stripe_session_id}")
    receive(fake_stripe, fake_stripe.take_events())
    process_all(fake_stripe)

    assert trialist.row.status == "canceled"
    assert [i["amount_paid"] for i in fake_stripe.world.all("invoice")] == [0]
    mail = OutboxMail.objects.get()
    assert mail.subject == "Looks like you've already had a trial"
    assert "Nothing was charged." in mail.text

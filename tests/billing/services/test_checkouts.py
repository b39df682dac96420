"""Opening a checkout: what is asked of Stripe, and at most one subscription."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from billing import gateway
from billing.dev.objects import ApiError
from billing.models import Checkout, Subscription
from billing.services import checkouts
from billing.states import CheckoutPurpose
from tests.billing.conftest import last_session_params
from tests.conftest import NOON
from tests.factories import CustomerFactory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.billing.conftest import Buyer
    from tests.fakes.stripe import FakeStripe

pytestmark = pytest.mark.django_db

START, UPGRADE = CheckoutPurpose.START, CheckoutPurpose.UPGRADE


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


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
def test_rest_of_the_trial_is_sent_as_checkout_accepts_it(
    fake_stripe: FakeStripe, left: timedelta, trial: set[str]
) -> None:
    """Checkout takes `trial_end` from two days ahead on, and whole days below that."""
    customer = CustomerFactory.create()
    fake_stripe.now = NOON + timedelta(days=7) - left

    checkouts.start_checkout(customer=customer, purpose=START, now=fake_stripe.now)

    data = last_session_params(fake_stripe)["subscription_data"]
    assert set(data) & {"trial_end", "trial_period_days"} == trial


def test_upgrading_pays_at_once(fake_stripe: FakeStripe) -> None:
    checkouts.start_checkout(customer=CustomerFactory.create(), purpose=UPGRADE, now=NOON)

    assert "trial_end" not in last_session_params(fake_stripe)["subscription_data"]


def test_two_tabs_get_the_same_page(fake_stripe: FakeStripe) -> None:
    customer = CustomerFactory.create()

    first = checkouts.start_checkout(customer=customer, purpose=START, now=NOON)
    second = checkouts.start_checkout(customer=customer, purpose=START, now=NOON)

    assert first == second
    assert Checkout.objects.count() == 1


def test_tab_for_another_purpose_closes_the_first_at_stripe(
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


def test_overtaken_tab_closes_its_page(
    fake_stripe: FakeStripe,
) -> None:
    """Another tab expired the checkout while Stripe was answering."""
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


def test_a_checkout_that_stripe_refuses_is_given_up(fake_stripe: FakeStripe) -> None:
    customer = CustomerFactory.create()
    fake_stripe.api.errors["/v1/checkout/sessions"] = ApiError("The price is gone.")

    with pytest.raises(gateway.StripeRefused, match="The price is gone"):
        checkouts.start_checkout(customer=customer, purpose=START, now=NOON)
    fake_stripe.api.errors.clear()
    url = checkouts.start_checkout(customer=customer, purpose=START, now=NOON)

    assert list(Checkout.objects.order_by("pk").values_list("status", "url")) == [
        ("expired", ""),
        ("open", url),
    ]


def test_a_tab_that_is_overtaken_every_time_asks_for_patience(fake_stripe: FakeStripe) -> None:
    customer = CustomerFactory.create()

    def overtake(call: Any) -> None:
        if (call.method, call.path) == ("post", "/v1/checkout/sessions"):
            Checkout.objects.filter(status="open").update(status="expired")

    fake_stripe.api.before_answer = overtake

    with pytest.raises(checkouts.CheckoutBusy):
        checkouts.start_checkout(customer=customer, purpose=START, now=NOON)

    assert [s["status"] for s in fake_stripe.world.all("checkout.session")] == ["expired"] * 3


@pytest.mark.parametrize("theirs", [START, UPGRADE])
def test_other_tabs_row_is_used_if_for_the_same_purpose(
    fake_stripe: FakeStripe, theirs: CheckoutPurpose
) -> None:
    """Both tabs close the page of another purpose; the other one is quicker."""
    customer = CustomerFactory.create()
    checkouts.start_checkout(customer=customer, purpose=START, now=NOON)
    other: list[Checkout] = []

    def overtake(call: Any) -> None:
        if call.path.endswith("/expire"):
            Checkout.objects.filter(status="open").update(status="expired")
            other.append(
                Checkout.objects.create(
                    customer=customer,
                    purpose=theirs,
                    created_at=NOON,
                    expires_at=NOON + checkouts.OPEN_FOR,
                )
            )

    fake_stripe.api.before_answer = overtake

    if theirs == UPGRADE:
        url = checkouts.start_checkout(customer=customer, purpose=UPGRADE, now=NOON)
        other[0].refresh_from_db()
        assert other[0].url == url
    else:
        with pytest.raises(checkouts.CheckoutBusy):
            checkouts.start_checkout(customer=customer, purpose=UPGRADE, now=NOON)

    assert Checkout.objects.filter(status="open").count() == 1


def test_checkout_without_a_page_is_closed_without_stripe(
    fake_stripe: FakeStripe,
) -> None:
    customer = CustomerFactory.create()
    Checkout.objects.create(
        customer=customer, purpose=START, created_at=NOON, expires_at=NOON + checkouts.OPEN_FOR
    )

    checkouts.start_checkout(customer=customer, purpose=UPGRADE, now=NOON)

    assert [call for call in fake_stripe.calls if call.endswith("/expire")] == []
    assert list(Checkout.objects.order_by("pk").values_list("purpose", "status")) == [
        ("start", "expired"),
        ("upgrade", "open"),
    ]


def test_a_session_that_is_still_open_closes_nothing(fake_stripe: FakeStripe) -> None:
    checkouts.start_checkout(customer=CustomerFactory.create(), purpose=START, now=NOON)
    (session,) = fake_stripe.world.all("checkout.session")

    checkouts.close_checkout(session=session, now=NOON)

    assert Checkout.objects.get().status == "open"


def test_customer_unlinked_while_upgrading_is_no_error(
    trialist: Buyer, fake_stripe: FakeStripe
) -> None:
    """The link goes away between the end of the trial and the sync."""

    def unlink(call: Any) -> None:
        if call.method == "post":
            Subscription.objects.update(stripe_customer_id="")

    fake_stripe.api.before_answer = unlink

    assert checkouts.upgrade_now(customer=trialist.customer, now=NOON) is True

"""Signing up while Stripe is live: on to Checkout with what is left of the trial, or to the
portal with a sentence when Stripe does not answer."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import stripe

from accounts.models import Customer
from billing import gateway
from billing.entitlements import is_trial_active
from billing.models import Checkout
from tests.conftest import NOON
from tests.fakes.stripe import API_KEY, WEBHOOK_SECRET, FakeStripe
from tests.portal.views.test_signup import sign_up

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.helpers.clients import SiteClient

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


@pytest.fixture
def fake_stripe(configure: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> FakeStripe:
    configure(ENABLE_STRIPE=True, STRIPE_API_KEY=API_KEY, STRIPE_WEBHOOK_SECRET=WEBHOOK_SECRET)
    fake = FakeStripe(NOON)
    monkeypatch.setattr(gateway.client, "http_client", lambda: fake)
    monkeypatch.setattr(gateway.client, "_rejected", {})
    return fake


def test_the_form_leads_to_checkout_with_the_whole_trial(
    client: SiteClient, fake_stripe: FakeStripe
) -> None:
    answer = sign_up(client)

    checkout = Checkout.objects.get()
    session = fake_stripe.world.all("checkout.session")[0]
    assert answer["Location"] == checkout.url == session["url"]
    assert session["id"] == checkout.stripe_session_id
    fake_stripe.world.complete_checkout(answer["Location"].rpartition("/")[2])
    subscription = fake_stripe.world.all("subscription")[0]
    assert subscription["status"] == "trialing"
    assert subscription["trial_end"] == int((NOON + timedelta(days=7)).timestamp())
    # Signed in already, and known to the trial guard, before Stripe sends the person back.
    assert client.get("/portal/").status_code == 200
    assert client.cookies["hoss_device"].value


def test_without_a_trial_nobody_is_sent_to_a_trials_checkout(
    client: SiteClient, fake_stripe: FakeStripe
) -> None:
    answer = sign_up(client, email="ann@mailinator.com")

    assert answer["Location"] == "/signup/no-trial"
    assert fake_stripe.world.all("checkout.session") == []
    assert "Subscribe now" in client.get("/signup/no-trial").content.decode()


def test_the_trial_runs_when_stripe_does_not_answer(
    client: SiteClient, fake_stripe: FakeStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_answer(*args: Any, **kwargs: Any) -> Any:
        raise stripe.APIConnectionError("no route")  # type: ignore[no-untyped-call] # the SDK's

    monkeypatch.setattr(fake_stripe, "request", no_answer)

    answer = sign_up(client)

    assert answer["Location"] == "/portal/"
    assert (
        "The payment page did not open. Your trial has started. Add your card later under Billing."
        in client.get("/portal/").content.decode()
    )
    customer = Customer.objects.select_related("subscription").get()
    assert is_trial_active(customer, now=NOON)

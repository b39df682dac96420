"""Whether billing is ready, and what to do when it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import time_machine

from billing.models import BillingEvent, Drift, Subscription
from billing.services import diagnostics
from billing.services.events import HANDLED
from hossagent.lib.diagnosis import Result
from tests.billing.conftest import receive, run_command
from tests.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.billing.conftest import Buyer
    from tests.fakes.stripe import FakeStripe

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def results() -> dict[str, str]:
    return {found.question: found.result for found in diagnostics.run_diagnostics(now=NOON)}


def test_before_the_first_sale(fake_stripe: FakeStripe) -> None:
    assert results() == {
        "Payments": "ok",
        "API key": "ok",
        "Webhook secret": "ok",
        "Account": "ok",
        "Product": "fix",
        "Price": "fix",
        "Webhook endpoint": "fix",
        "Last event": "unknown",
        "Events": "ok",
        "Drift": "ok",
        "Unknown statuses": "ok",
        "Two subscriptions": "ok",
    }
    assert all(call.startswith("get") for call in fake_stripe.calls)


def test_when_all_is_well(payer: Buyer, fake_stripe: FakeStripe) -> None:
    receive(fake_stripe, fake_stripe.take_events())
    fake_stripe.world.add(
        "webhook_endpoint",
        "we",
        {
            "url": "http://127.0.0.1:8000/stripe/webhook",
            "status": "enabled",
            "enabled_events": sorted(HANDLED),
        },
    )

    assert set(results().values()) == {"ok"}
    assert "ok   Webhook secret: YES" in run_command("stripe_diagnostics")


def test_what_is_wrong_is_named_with_its_fix(payer: Buyer, fake_stripe: FakeStripe) -> None:
    receive(fake_stripe, fake_stripe.take_events()[:1])
    BillingEvent.objects.update(status="failed", due_at=None)
    Subscription.objects.update(status="unknown")
    Drift.objects.create(
        customer=payer.customer, found_at=NOON, differences={"status": {}}, is_repaired=False
    )
    endpoint = fake_stripe.world.add(
        "webhook_endpoint",
        "we",
        {
            "url": "http://127.0.0.1:8000/stripe/webhook",
            "status": "enabled",
            "enabled_events": sorted(HANDLED - {"invoice.paid"}),
        },
    )
    fake_stripe.world.all("price")[0]["unit_amount"] = 5
    text = run_command("stripe_diagnostics")
    endpoint["status"] = "disabled"

    assert "FIX  Webhook endpoint: not sent: invoice.paid" in text
    assert "FIX  Price" in text
    assert "FIX  Events: 1 failed, 0 waiting" in text
    assert "FIX  Unknown statuses: 1 customer without rights" in text
    assert "FIX  Drift" in text
    assert results()["Webhook endpoint"] == Result.FIX


def test_off_asks_stripe_nothing(configure: Callable[..., None], db: None) -> None:
    configure(ENABLE_STRIPE=False, STRIPE_API_KEY="", STRIPE_WEBHOOK_SECRET="")

    found = results()

    assert (found["Payments"], found["API key"], found["Webhook secret"]) == ("fix", "fix", "fix")
    assert "Account" not in found


def test_a_bad_key_turns_stripe_off_loudly_and_once(
    fake_stripe: FakeStripe, caplog: pytest.LogCaptureFixture, db: None
) -> None:
    fake_stripe.api.rejects_key = True

    found = results()
    results()

    assert found["Account"] == "unknown"
    assert len(fake_stripe.calls) == 1
    assert caplog.text.count("[STRIPE][DISABLED_MISCONFIG]") == 1

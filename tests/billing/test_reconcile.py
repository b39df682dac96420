"""Drift: found, reported, repaired; and whether billing is ready at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from io import StringIO
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.core.management import CommandError, call_command

from billing import gateway
from billing.models import BillingEvent, Drift, Subscription
from billing.plans import PRO, Plan
from billing.services import catalog, diagnostics, reconcile
from billing.services.events import HANDLED
from hossagent.lib.diagnosis import Result
from tests.billing.conftest import just_before, receive
from tests.conftest import NOON
from tests.factories import CustomerFactory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.billing.conftest import Buyer
    from tests.fakes.stripe import FakeStripe

pytestmark = pytest.mark.django_db

TOMORROW = NOON + timedelta(days=1)


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


def command(name: str, *options: str) -> str:
    out = StringIO()
    call_command(name, *options, stdout=out)
    return out.getvalue()


def test_a_change_behind_our_back_is_reported_and_repaired(
    payer: Buyer, fake_stripe: FakeStripe
) -> None:
    command("reconcile_stripe")
    Drift.objects.all().delete()
    fake_stripe.world.end(payer.subscription_id)

    seen = command("reconcile_stripe", "--report-only")
    assert payer.row.status == "active"
    done = command("reconcile_stripe")
    again = command("reconcile_stripe")

    assert "status: we had active, Stripe has canceled" in seen
    assert "1 compared, 1 found." in seen
    assert "status: we had active, Stripe has canceled" in done
    assert "1 compared, 1 repaired." in done
    assert again == "1 compared, 0 repaired.\n"
    assert payer.row.status == "canceled"
    drift = Drift.objects.get()
    assert drift.differences["status"] == {"ours": "active", "stripe": "canceled"}
    assert drift.is_repaired is True


def test_every_page_is_read(payer: Buyer, fake_stripe: FakeStripe) -> None:
    fake_stripe.api.page_size = 1
    fake_stripe.world.next_period(payer.subscription_id)
    fake_stripe.world.next_period(payer.subscription_id)

    reconcile.reconcile_customer(customer_id=payer.customer.pk, now=NOON)

    listed = [c for c in fake_stripe.api.calls if c.path == "/v1/invoices"]
    assert sum(1 for c in listed if "starting_after" in c.params) == 2


def test_two_live_subscriptions_need_a_person(payer: Buyer, fake_stripe: FakeStripe) -> None:
    world = fake_stripe.world
    world.subscribe(customer=payer.stripe_id, price=world.all("price")[0]["id"])

    report = command("reconcile_stripe")

    assert "needs you: two live subscriptions" in report
    page = f"/admin/stripe/customers/{payer.customer.pk}/"
    assert f"  at http://127.0.0.1:8000{page}\n" in report
    assert "needs you: two live subscriptions" in command("reconcile_stripe", "--report-only")


def test_each_customer_has_its_own_day(payer: Buyer, fake_stripe: FakeStripe) -> None:
    fake_stripe.world.end(payer.subscription_id)

    assert reconcile.reconcile_next(now=TOMORROW - timedelta(seconds=1)) is False
    assert reconcile.reconcile_next(now=TOMORROW) is True
    assert reconcile.reconcile_next(now=TOMORROW) is False
    assert payer.row.status == "canceled"
    assert payer.row.reconcile_at == TOMORROW + timedelta(days=1)


def test_an_outage_puts_the_round_off_by_an_hour(payer: Buyer, fake_stripe: FakeStripe) -> None:
    fake_stripe.api.is_down = True

    assert reconcile.reconcile_next(now=TOMORROW) is False
    assert payer.row.reconcile_at == TOMORROW + timedelta(hours=1)
    with pytest.raises(CommandError, match="Nothing is lost"):
        command("reconcile_stripe")


def test_a_customer_deleted_at_stripe_is_a_finding_and_blocks_nobody(
    payer: Buyer, fake_stripe: FakeStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(**_: object) -> None:
        raise gateway.StripeRefused("No such customer", code="resource_missing")

    monkeypatch.setattr(gateway, "list_subscriptions", gone)

    assert reconcile.reconcile_next(now=TOMORROW) is True
    assert Drift.objects.get().is_repaired is False
    assert "needs you: No such customer" in command("reconcile_stripe", "--report-only")


def test_off_means_nothing_to_do(payer: Buyer, configure: Callable[..., None]) -> None:
    configure(ENABLE_STRIPE=False)

    assert reconcile.reconcile_next(now=TOMORROW) is False
    assert command("reconcile_stripe").startswith("Nothing to reconcile. Stripe is off")


# --- Catalog -------------------------------------------------------------------------


def test_the_catalog_is_found_again(fake_stripe: FakeStripe) -> None:
    first = catalog.ensure_catalog()
    second = catalog.ensure_catalog()

    assert first == second
    assert [c for c in fake_stripe.calls if c.startswith("post")] == [
        "post /v1/products",
        "post /v1/prices",
    ]


def test_a_new_amount_takes_over_and_going_back_makes_a_third_price(
    fake_stripe: FakeStripe,
) -> None:
    def priced(cents: int) -> Plan:
        return Plan(PRO.key, PRO.name, cents, PRO.trial_length, 15, 20)

    prices = [catalog.ensure_catalog(plan=priced(cents)).price_id for cents in (9900, 12900, 9900)]

    active = [p["id"] for p in fake_stripe.world.all("price") if p["active"]]
    assert len(set(prices)) == 3
    assert active == prices[2:]
    assert catalog.get_price_id() == prices[2]


# --- Diagnostics ---------------------------------------------------------------------


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
    assert "ok   Webhook secret: YES" in command("stripe_diagnostics")


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
    text = command("stripe_diagnostics")
    endpoint["status"] = "disabled"

    assert "FIX  Webhook endpoint: not sent: invoice.paid" in text
    assert "FIX  Price" in text
    assert "FIX  Events: 1 failed, 0 waiting" in text
    assert "FIX  Unknown statuses: 1 customers without rights" in text
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


# --- Somebody else was quicker -------------------------------------------------------


def test_a_round_taken_by_another_worker_is_left_to_it(
    payer: Buyer, fake_stripe: FakeStripe
) -> None:
    asked = len(fake_stripe.calls)
    theirs = TOMORROW + timedelta(days=1)

    with just_before(
        'UPDATE "billing_subscription"',
        lambda: Subscription.objects.update(reconcile_at=theirs),
    ):
        assert reconcile.reconcile_next(now=TOMORROW) is True

    assert len(fake_stripe.calls) == asked
    assert payer.row.reconcile_at == theirs


def test_a_customer_whom_stripe_does_not_know_has_no_drift(fake_stripe: FakeStripe) -> None:
    customer = CustomerFactory.create()

    assert reconcile.reconcile_customer(customer_id=customer.pk, now=NOON) is None
    assert fake_stripe.calls == []


def test_a_customer_in_step_is_no_finding(payer: Buyer) -> None:
    reconcile.reconcile_customer(customer_id=payer.customer.pk, now=NOON)

    assert reconcile.compare_customer(customer_id=payer.customer.pk) is None
    assert reconcile.reconcile_customer(customer_id=payer.customer.pk, now=NOON) is None


def test_a_mirrored_price_of_another_amount_is_not_sold(fake_stripe: FakeStripe) -> None:
    sold = [
        catalog.ensure_catalog(plan=PRO).price_id,
        catalog.get_price_id(plan=replace(PRO, price_cents=12_900)),
    ]

    assert [price["unit_amount"] for price in fake_stripe.world.all("price", active=True)] == [
        12_900
    ]
    assert len(set(sold)) == 2

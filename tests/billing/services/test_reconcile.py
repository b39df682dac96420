"""Drift from Stripe: found, reported and repaired."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.core.management import CommandError

from billing import gateway
from billing.models import Drift, Subscription
from billing.services import reconcile
from billing.stripe_sync import sync
from tests.billing.conftest import just_before, run_command
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


def test_a_change_behind_our_back_is_reported_and_repaired(
    payer: Buyer, fake_stripe: FakeStripe
) -> None:
    run_command("reconcile_stripe")
    Drift.objects.all().delete()
    fake_stripe.world.end(payer.subscription_id)

    seen = run_command("reconcile_stripe", "--report-only")
    assert payer.row.status == "active"
    done = run_command("reconcile_stripe")
    again = run_command("reconcile_stripe")

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

    report = run_command("reconcile_stripe")

    assert "needs you: two live subscriptions" in report
    page = f"/admin/stripe/customers/{payer.customer.pk}/"
    assert f"  at http://127.0.0.1:8000{page}\n" in report
    assert "needs you: two live subscriptions" in run_command("reconcile_stripe", "--report-only")


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
        run_command("reconcile_stripe")


def test_customer_deleted_at_stripe_blocks_nobody(
    payer: Buyer, fake_stripe: FakeStripe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a finding, and a drift that is not repaired."""

    def gone(**_: object) -> None:
        raise gateway.StripeRefused("No such customer", code="resource_missing")

    monkeypatch.setattr(gateway, "list_subscriptions", gone)

    assert reconcile.reconcile_next(now=TOMORROW) is True
    assert Drift.objects.get().is_repaired is False
    assert "needs you: No such customer" in run_command("reconcile_stripe", "--report-only")


def test_off_means_nothing_to_do(payer: Buyer, configure: Callable[..., None]) -> None:
    configure(ENABLE_STRIPE=False)

    assert reconcile.reconcile_next(now=TOMORROW) is False
    assert run_command("reconcile_stripe").startswith("Nothing to reconcile. Stripe is off")


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


def test_a_second_subscription_is_kept_as_a_drift(payer: Buyer, fake_stripe: FakeStripe) -> None:
    world = fake_stripe.world
    sync.sync_customer(customer_id=payer.customer.pk, now=NOON)
    world.subscribe(customer=payer.stripe_id, price=world.all("price")[0]["id"])

    found = reconcile.reconcile_customer(customer_id=payer.customer.pk, now=NOON)

    assert found is not None
    assert (found.live_subscriptions, found.problem) == (2, reconcile.TWO_LIVE)
    assert Drift.objects.get().differences["live_count"] == {"ours": "1", "stripe": "2"}

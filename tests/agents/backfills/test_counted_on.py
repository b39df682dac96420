"""The day of old emails: which get one, and that the ledger never notices."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from agents.backfills import counted_on
from agents.backfills.services import batches
from agents.models import Backfill, DailyQuota, Message
from agents.outreach.services.delivery import DeliveryReport, record_event
from agents.reports.selectors.reconcile import verify_ledger
from agents.reports.selectors.reconcile.counters import check_days
from agents.states import DeliveryKind, MessageStatus
from tests.conftest import NOON
from tests.factories import CustomerFactory
from tests.helpers.backfills import LATE, old_email, start

if TYPE_CHECKING:
    from accounts.models import Customer

pytestmark = pytest.mark.django_db

THIRD = date(2026, 3, 3)


@pytest.fixture
def customer() -> Customer:
    return CustomerFactory.create(timezone="America/Los_Angeles")


def days() -> list[tuple[str, date | None]]:
    return list(Message.objects.order_by("status").values_list("status", "counted_on"))


def test_settled_emails_get_the_day_in_the_customers_zone(customer: Customer) -> None:
    for status in ("sent", "failed", "unknown", "canceled", "sending"):
        old_email(customer, status=MessageStatus(status))

    filled = counted_on.fill(list(Message.objects.values_list("pk", flat=True)))

    assert filled == 3
    assert days() == [
        ("canceled", None),
        ("failed", THIRD),
        ("sending", None),
        ("sent", THIRD),
        ("unknown", THIRD),
    ]


def test_a_day_that_is_written_down_stands(customer: Customer) -> None:
    message = old_email(customer)
    Message.objects.update(counted_on=date(2026, 3, 9))

    assert counted_on.fill([message.pk]) == 0
    assert days() == [("sent", date(2026, 3, 9))]


def test_the_ledger_holds_before_during_and_after(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH", 2)
    for status in ("sent", "sent", "canceled", "failed", "unknown"):
        old_email(customer, status=MessageStatus(status))
    start()

    broken = [[check.broken for check in verify_ledger(now=NOON)]]
    left = [counted_on.left().count()]
    while Backfill.objects.get().status == "running":
        batches.fill_next(now=NOON)
        broken.append([check.broken for check in verify_ledger(now=NOON)])
        left.append(counted_on.left().count())

    assert left == [4, 2, 0, 0]
    assert check_days(now=NOON).rows_checked == 5
    assert check_days(now=NOON).broken == []
    assert broken == broken[:1] * 4


def test_filling_canceled_ones_would_break_the_ledger(customer: Customer) -> None:
    """Why they are left alone."""
    old_email(customer, status=MessageStatus.CANCELED)
    before = check_days(now=NOON).broken

    Message.objects.update(counted_on=THIRD)

    assert (before, len(check_days(now=NOON).broken)) == ([], 1)


def test_a_bounce_counts_on_that_day_when_the_zone_changes(customer: Customer) -> None:
    message = old_email(customer)
    counted_on.fill([message.pk])
    type(customer).objects.update(timezone="Asia/Tokyo")
    message = Message.objects.select_related("lead", "customer").get()

    record_event(
        DeliveryReport("test", "1", DeliveryKind.BOUNCED, message.lead.email, LATE),
        message=message,
        now=NOON + timedelta(hours=1),
    )

    assert list(DailyQuota.objects.values_list("day", "push_backs")) == [(THIRD, 1)]

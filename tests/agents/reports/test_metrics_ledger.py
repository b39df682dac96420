"""After a simulated day /metrics agrees with the ledger and with the rows, value by value,
and goes on to do so when the rows are added up and pruned."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from accounts.models import Customer, OutboxMail
from agents.models import HourlyQuota, InboundMessage, Message, SendTotals, Task
from agents.outreach.services.send import add_up_next, forget_hours_next
from agents.reports.selectors.metrics import list_metrics
from agents.reports.selectors.reconcile import verify_ledger
from agents.sandbox.services.simulate import open_customers, simulate
from agents.states import MessageStatus, QuotaMode, TaskStatus
from tests.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

pytestmark = pytest.mark.django_db


@pytest.fixture
def evening(configure: Callable[..., None]) -> datetime:
    """The last stop of a simulated day of three customers."""
    configure(
        SANDBOX_SPEED=1,
        MAX_NEW_LEADS_PER_CYCLE=3,
        MAX_EMAILS_PER_CYCLE=3,
        MAX_EMAILS_PER_HOUR=1_000,
    )
    start = NOON.replace(hour=14)
    open_customers(count=3, now=start)
    broken: list[str] = []
    stop = start
    for moment, news in simulate(start=start, days=1):
        stop = moment
        broken += news
    assert broken == []
    return stop


def exported(now: datetime, *names: str) -> dict[tuple[str, ...], float]:
    """Samples of these families, by the family's name and its labels' values."""
    return {
        (family.name, *sample.labels.values()): sample.value
        for family in list_metrics(now=now)
        if family.name in names
        for sample in family.samples
    }


def sending(now: datetime) -> dict[tuple[str, ...], float]:
    return exported(now, "hossagent_emails", "hossagent_email_slots", "hossagent_emails_unknown")


def counted_from_rows() -> dict[tuple[str, ...], float]:
    """The same numbers, each row looked at."""
    ended = Counter((row.mode, row.status) for row in Message.objects.all())
    slots: Counter[str] = Counter()
    for quota in HourlyQuota.objects.all():
        slots[quota.mode] += quota.used
    return {
        ("hossagent_emails", "live", "sent"): ended["live", "sent"],
        ("hossagent_emails", "live", "failed"): ended["live", "failed"],
        ("hossagent_emails", "dry_run", "written"): ended["dry_run", "dry_run"],
        ("hossagent_emails", "dry_run", "failed"): ended["dry_run", "failed"],
        **{("hossagent_email_slots", mode): slots[mode] for mode in QuotaMode.values},
        ("hossagent_emails_unknown",): ended["live", "unknown"],
    }


def due(rows: Any, column: str, now: datetime) -> list[Any]:
    return [row for row in rows if getattr(row, column) and getattr(row, column) <= now]


def test_a_simulated_day_is_exported_as_the_ledger_has_it(evening: datetime) -> None:
    checks = verify_ledger(now=evening)
    hours = next(check for check in checks if check.promise.startswith("Every hour"))

    found = sending(evening)

    assert [check.promise for check in checks if not check.holds] == []
    assert found == counted_from_rows()
    slots = {name: value for name, value in found.items() if name[0] == "hossagent_email_slots"}
    assert sum(slots.values()) == hours.rows_checked > 0


def test_the_queues_are_those_of_the_rows(evening: datetime) -> None:
    later = evening + timedelta(days=1)
    queues = {
        "customers": due(Customer.objects.filter(autopilot=True), "next_run_at", later),
        "messages": due(Message.objects.filter(status=MessageStatus.QUEUED), "due_at", later),
        "tasks": due(Task.objects.filter(status=TaskStatus.PENDING), "due_at", later),
        "received_email": due(InboundMessage.objects.all(), "due_at", later),
        "account_email": due(OutboxMail.objects.all(), "not_before_at", later),
    }

    found = exported(later, "hossagent_queue_due")

    mine = {name: found["hossagent_queue_due", name] for name in queues}
    assert mine == {name: len(rows) for name, rows in queues.items()}
    assert mine["customers"] == 3


def test_adding_up_and_pruning_change_no_number(evening: datetime) -> None:
    """Each hour that goes by, and a week later, when the quotas go."""
    before = sending(evening)

    for hours in (1, 2, 3, 24, 24 * 9):
        now = evening + timedelta(hours=hours)
        add_up_next(now=now)
        while forget_hours_next(now=now):
            pass
        assert sending(now) == before

    totals = SendTotals.objects.get()
    assert HourlyQuota.objects.count() == 0
    assert totals.dry_run_slots + totals.sandbox_slots == totals.dry_run_written > 0


def test_an_hour_is_added_up_once_however_often_it_is_asked(evening: datetime) -> None:
    later = evening + timedelta(hours=3)

    assert [add_up_next(now=later), add_up_next(now=later)] == [True, False]
    assert sending(later) == counted_from_rows()


def test_without_its_row_everything_is_counted(evening: datetime) -> None:
    """Tests on real transactions empty every table, and so may a restored database."""
    SendTotals.objects.all().delete()

    assert sending(evening) == counted_from_rows()

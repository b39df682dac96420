"""Ops: tasks are done once, within the allowance, and one bad task blocks nobody."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from agents.models import SystemSettings, Task
from agents.states import TaskStatus
from agents.work.services import tasks
from agents.work.services.tasks.claim import LEASE, claim_next
from agents.work.services.tasks.run import BACK_OFF, MAX_ATTEMPTS
from agents.work.services.tasks.weekly import plan_weekly_report
from agents.writing.errors import UnresolvedPlaceholder
from agents.writing.services import Deliverable
from billing.models import Subscription
from billing.plans import PRO
from tests.factories import CustomerFactory, LeadFactory, SubscriptionFactory, TaskFactory

if TYPE_CHECKING:
    from django.test.utils import CaptureQueriesContext
    from pytest_django import DjangoAssertNumQueries

    from accounts.models import Customer
    from agents.writing.selectors.task_briefs import TaskBrief

pytestmark = pytest.mark.django_db


def loaded(customer: Customer) -> Customer:
    return type(customer).objects.select_related("subscription", "profile").get(pk=customer.pk)


def used(customer: Customer) -> int:
    return Subscription.objects.get(pk=customer.pk).tasks_used


def write_or_fail(*, brief: TaskBrief, now: datetime) -> Deliverable:
    """Fails on tasks whose title says so."""
    if "bad" in brief.title:
        raise RuntimeError("no ink\nleft")
    if "gap" in brief.title:
        raise UnresolvedPlaceholder(fact="offer", lead_id=None, sentence="Say what you sell.")
    return Deliverable("# Fine\n", "test pen", cost_micros=1_234)


@pytest.fixture
def broken_writer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents.work.services.tasks.run.write_deliverable", write_or_fail)


def test_a_due_task_is_delivered_with_its_measured_cost(now: datetime) -> None:
    task = TaskFactory.create(reward_cents=2_500)

    assert tasks.run_next_task(now=now) is True

    task.refresh_from_db()
    assert (task.status, task.written_by, task.finished_at) == (TaskStatus.DONE, "templates", now)
    assert task.deliverable.startswith("# Market snapshot")
    assert task.cost_micros == 20_000
    assert task.profit_micros == 25_000_000 - 20_000
    assert used(task.customer) == 1
    assert tasks.run_next_task(now=now) is False


def test_a_task_is_made_once_per_occasion(now: datetime) -> None:
    lead = LeadFactory.create(company="Northgate Dental")

    first = tasks.create_task(
        customer=lead.customer, kind="prospect_brief", dedupe_key="lead:1", lead=lead, now=now
    )
    second = tasks.create_task(
        customer=lead.customer, kind="prospect_brief", dedupe_key="lead:1", lead=lead, now=now
    )

    assert first is not None
    assert first.title == "Prospect brief: Northgate Dental"
    assert second is None
    with pytest.raises(ValueError, match="about a lead"):
        tasks.create_task(
            customer=lead.customer, kind="prospect_brief", dedupe_key="lead:2", now=now
        )


def test_new_work_makes_the_customers_cycle_due(now: datetime) -> None:
    customer = CustomerFactory.create(next_run_at=now + timedelta(hours=1))

    tasks.create_task(customer=customer, kind="market_snapshot", dedupe_key="starter", now=now)

    customer.refresh_from_db()
    assert customer.next_run_at == now


@pytest.mark.usefixtures("broken_writer")
def test_a_bad_task_backs_off_is_parked_and_blocks_nobody(
    now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    bad = TaskFactory.create(title="bad", due_at=now - timedelta(hours=1))
    good = TaskFactory.create(customer=bad.customer, title="good")
    waits, moment = [], now

    with caplog.at_level(logging.CRITICAL, logger="agents.ops"):
        while tasks.run_next_task(now=moment):
            bad.refresh_from_db()
            if bad.due_at and bad.due_at > moment:
                waits.append(bad.due_at - moment)
                moment = bad.due_at if Task.objects.get(pk=good.pk).finished_at else moment

    good.refresh_from_db()
    assert (good.status, good.finished_at, good.cost_micros) == (TaskStatus.DONE, now, 21_234)
    assert (bad.status, bad.attempts) == (TaskStatus.FAILED, MAX_ATTEMPTS)
    assert bad.error == "RuntimeError: no ink left"
    assert sorted(set(waits)) == list(BACK_OFF)
    assert used(bad.customer) == 1

    assert tasks.retry_task(task=bad, by="hoss@hossagent.test", now=moment) is True
    assert tasks.retry_task(task=bad, by="hoss@hossagent.test", now=moment) is False


@pytest.mark.usefixtures("broken_writer")
def test_a_missing_fact_is_said_in_words_and_tried_again_later(now: datetime) -> None:
    task = TaskFactory.create(title="gap")

    tasks.run_next_task(now=now)

    task.refresh_from_db()
    assert (task.status, task.error) == (TaskStatus.PENDING, "Say what you sell.")
    assert task.due_at == now + BACK_OFF[0]


def test_tasks_over_the_allowance_wait_and_block_nobody(now: datetime) -> None:
    spent = CustomerFactory.create(subscription=None)
    SubscriptionFactory.create(customer=spent, tasks_used=PRO.trial_tasks - 1)
    TaskFactory.create_batch(3, customer=spent, due_at=now - timedelta(hours=1))
    other = TaskFactory.create()

    while tasks.run_next_task(now=now):
        pass

    assert used(spent) == PRO.trial_tasks
    held = Task.objects.filter(customer=spent, status=TaskStatus.PENDING)
    assert {task.held_reason for task in held} == {
        "You have used all your trial's tasks. Upgrade to Pro to have this one done."
    }
    assert held.count() == 2
    other.refresh_from_db()
    assert other.status == TaskStatus.DONE

    Subscription.objects.filter(pk=spent.pk).update(is_complimentary=True)
    while tasks.run_next_task(now=now + timedelta(minutes=10)):
        pass
    assert not Task.objects.exclude(status=TaskStatus.DONE).exists()
    assert not Task.objects.exclude(held_reason="").exists()


def test_an_expired_trial_waits_for_a_plan(now: datetime) -> None:
    task = TaskFactory.create()
    later = now + PRO.trial_length

    tasks.run_next_task(now=later)

    task.refresh_from_db()
    assert task.held_reason == "Your plan is not active. Choose a plan to have this task done."
    assert (task.attempts, used(task.customer)) == (0, 0)


def test_the_switches_stop_the_loop_but_not_a_run_by_hand(now: datetime) -> None:
    task = TaskFactory.create()
    SystemSettings.objects.update(is_autopilot_on=False)

    assert tasks.run_next_task(now=now) is False
    assert tasks.run_next_task(now=now, customer=task.customer) is True

    SystemSettings.objects.update(is_autopilot_on=True)
    TaskFactory.create(customer__autopilot=False)
    assert tasks.run_next_task(now=now) is False


def test_a_dead_workers_task_is_released_and_done_once(now: datetime) -> None:
    task = TaskFactory.create()
    claim_next(now=now, customer=None)
    assert used(task.customer) == 1

    assert tasks.sweep_next(now=now + LEASE - timedelta(seconds=1)) is False
    assert tasks.sweep_next(now=now + LEASE) is True
    assert used(task.customer) == 0
    assert tasks.run_next_task(now=now + LEASE + BACK_OFF[0]) is True

    task.refresh_from_db()
    assert (task.status, task.attempts, used(task.customer)) == (TaskStatus.DONE, 2, 1)


def test_a_worker_that_lost_its_lease_records_nothing(
    now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    task = TaskFactory.create()
    slow = claim_next(now=now, customer=None)
    assert slow is not None
    tasks.sweep_next(now=now + LEASE)

    with caplog.at_level(logging.ERROR, logger="agents.ops"):
        assert tasks.run._carry_out(slow, now=now + LEASE) == "lost"

    task.refresh_from_db()
    assert (task.status, task.deliverable, used(task.customer)) == (TaskStatus.PENDING, "", 0)


def test_a_slow_worker_cannot_finish_what_another_claimed(
    now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    task = TaskFactory.create()
    slow = claim_next(now=now, customer=None)
    assert slow is not None
    tasks.sweep_next(now=now + LEASE)
    assert claim_next(now=now + LEASE + BACK_OFF[0], customer=None)

    with caplog.at_level(logging.ERROR, logger="agents.ops"):
        assert tasks.run._carry_out(slow, now=now + LEASE + BACK_OFF[0]) == "lost"

    task.refresh_from_db()
    assert (task.status, task.deliverable, used(task.customer)) == (TaskStatus.RUNNING, "", 1)


def test_a_task_that_kills_its_worker_is_parked(
    now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    task, moment = TaskFactory.create(), now

    with caplog.at_level(logging.CRITICAL, logger="agents.ops"):
        for _ in range(MAX_ATTEMPTS):
            assert claim_next(now=moment, customer=None)
            moment += LEASE
            tasks.sweep_next(now=moment)
            moment += max(BACK_OFF)

    task.refresh_from_db()
    assert (task.status, used(task.customer)) == (TaskStatus.FAILED, 0)


def test_a_cycle_does_a_few_tasks_and_counts_them(now: datetime) -> None:
    customer = CustomerFactory.create(subscription=None)
    SubscriptionFactory.create(customer=customer, complimentary=True)
    TaskFactory.create_batch(7, customer=customer)

    counts = [tasks.run_ops(customer=loaded(customer), now=now) for _ in range(3)]

    assert counts == [{"done": 5}, {"done": 2}, {}]


def test_an_idle_cycle_costs_one_statement(
    now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    customer = loaded(CustomerFactory.create())
    tasks.run_ops(customer=customer, now=now)
    customer = loaded(customer)

    queries: CaptureQueriesContext
    with django_assert_num_queries(1) as queries:
        assert tasks.run_ops(customer=customer, now=now) == {}
    assert len(queries) == 1


@pytest.mark.parametrize(
    ("zone", "moment", "week"),
    [
        # Sunday evening in New York is Monday already in Auckland.
        ("America/New_York", datetime(2026, 3, 9, 3, 30, tzinfo=UTC), "week:2026-W09"),
        ("Pacific/Auckland", datetime(2026, 3, 8, 11, 30, tzinfo=UTC), "week:2026-W10"),
        ("UTC", datetime(2027, 1, 4, 0, 0, tzinfo=UTC), "week:2026-W53"),
    ],
)
def test_the_weekly_report_is_planned_once_per_local_week(
    zone: str, moment: datetime, week: str
) -> None:
    customer = CustomerFactory.create(timezone=zone, created_at=moment - timedelta(days=60))

    for _ in range(2):
        plan_weekly_report(customer=loaded(customer), now=moment)

    assert list(Task.objects.values_list("kind", "dedupe_key")) == [("weekly_report", week)]


def test_a_customer_gets_no_report_for_a_week_before_it_came(now: datetime) -> None:
    customer = CustomerFactory.create(created_at=now)

    assert plan_weekly_report(customer=loaded(customer), now=now) is False
    assert plan_weekly_report(customer=loaded(customer), now=now + timedelta(days=7))

"""Many workers at once: no task done twice, none billed twice, no allowance overrun."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from accounts.models import Customer
from agents.models import SystemSettings, Task
from agents.states import TaskStatus
from agents.work.services import invoicing
from agents.work.services.invoicing import run_billing
from agents.work.services.onboarding import run_onboarding
from agents.work.services.tasks import create_task, run_next_task
from agents.work.services.tasks.claim import AllowanceUsedUp, claim
from agents.writing.services import Deliverable
from billing.models import Invoice, InvoiceLine, Subscription
from billing.plans import PRO
from billing.services.trials import start_trial
from billing.services.usage import reserve_leads
from tests.factories import CustomerFactory, SubscriptionFactory, TaskFactory
from tests.helpers.threads import WORKERS, crew, meet, together

if TYPE_CHECKING:
    from datetime import datetime

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ids of the tasks that were written, as often as they were."""
    ids: list[int] = []

    def write(*, brief: Any, now: datetime) -> Deliverable:
        ids.append(brief.task_id)
        return Deliverable("# Done\n", "test pen")

    monkeypatch.setattr("agents.work.services.tasks.run.write_deliverable", write)
    return ids


@pytest.fixture(autouse=True)
def switches() -> None:
    """Tests of this kind empty every table afterwards, the switches' row included."""
    SystemSettings.objects.get_or_create(pk=1)


def drain(now: datetime) -> None:
    while run_next_task(now=now):
        pass


def test_one_task_is_done_by_one_worker(now: datetime, written: list[int]) -> None:
    for _ in range(5):
        task = TaskFactory.create()
        crew(lambda: run_next_task(now=now))
        assert written.count(task.pk) == 1


def test_many_tasks_are_each_done_once(now: datetime, written: list[int]) -> None:
    customer = CustomerFactory.create(subscription=None)
    SubscriptionFactory.create(customer=customer, complimentary=True)
    tasks = TaskFactory.create_batch(20, customer=customer)

    crew(lambda: drain(now))

    assert sorted(written) == sorted(task.pk for task in tasks)
    assert Subscription.objects.get(pk=customer.pk).tasks_used == 20


def test_the_last_free_task_goes_to_one_worker(now: datetime, written: list[int]) -> None:
    customer = CustomerFactory.create(subscription=None)
    SubscriptionFactory.create(customer=customer, tasks_used=PRO.trial_tasks - 1)
    tasks = TaskFactory.create_batch(WORKERS, customer=customer)
    # Each worker meets another row first, so that only the allowance can hold them.
    mine = iter(tasks)
    lock = threading.Lock()

    def claim_mine() -> bool:
        with lock:
            task = next(mine)
        try:
            return claim(task, now=now)
        except AllowanceUsedUp:
            return False

    assert sorted(crew(claim_mine)) == [False] * (WORKERS - 1) + [True]
    assert Subscription.objects.get(pk=customer.pk).tasks_used == PRO.trial_tasks


def test_a_trial_never_gets_more_than_its_tasks(now: datetime, written: list[int]) -> None:
    customer = CustomerFactory.create()
    TaskFactory.create_batch(PRO.trial_tasks + 10, customer=customer)

    crew(lambda: drain(now))

    done = Task.objects.filter(customer=customer, status=TaskStatus.DONE).count()
    assert (len(written), done) == (PRO.trial_tasks, PRO.trial_tasks)
    assert Subscription.objects.get(pk=customer.pk).tasks_used == PRO.trial_tasks


def test_leads_are_granted_up_to_the_limit_and_not_one_more(now: datetime) -> None:
    customer = CustomerFactory.create()

    granted = crew(lambda: reserve_leads(customer_id=customer.pk, wanted=3, now=now))

    assert sum(granted) == PRO.trial_leads
    assert Subscription.objects.get(pk=customer.pk).leads_used == PRO.trial_leads


def test_each_task_comes_onto_one_line(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both cycles have the same ten tasks before either writes a line. The customer's lock
    lets the second see what the first did. (Without it `AlreadyBilled` would be raised, the
    guarded UPDATE's word, which stands behind the lock and is redundant as long as that is
    there; without either, a task gets two lines.)"""
    customer = CustomerFactory.create()
    TaskFactory.create_batch(
        10,
        customer=customer,
        status=TaskStatus.DONE,
        deliverable="# Done",
        finished_at=now,
        due_at=None,
        reward_cents=700,
    )

    meet(monkeypatch, invoicing, "add_line")
    bill = partial(run_billing, customer=customer, now=now)

    counts = together(bill, bill)

    assert sorted(counts, key=len) == [{}, {"lines": 10}]
    assert InvoiceLine.objects.count() == 10
    assert Invoice.objects.get().total_cents == 7_000
    assert not Task.objects.filter(invoice_line=None).exists()


def test_an_occasion_has_one_task_and_a_customer_one_start(now: datetime) -> None:
    customer = CustomerFactory.create(profile__starter_tasks_at=None, subscription=None)

    made = crew(
        lambda: create_task(customer=customer, kind="market_snapshot", dedupe_key="week:1", now=now)
    )
    trials = crew(lambda: start_trial(customer=Customer.objects.get(pk=customer.pk), now=now))
    counts = crew(
        lambda: run_onboarding(
            customer=Customer.objects.select_related("profile").get(pk=customer.pk), now=now
        )
    )

    assert sum(task is not None for task in made) == 1
    assert sum(trials) == 1
    assert sum(count.get("starter_tasks", 0) for count in counts) == 3

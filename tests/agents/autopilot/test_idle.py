"""Customers without due work are found a batch at a time, and never wrongly."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Customer
from agents.autopilot.services import idle
from agents.autopilot.services.cycles import run_cycle, run_due_customers
from agents.autopilot.services.idle import find_idle
from agents.leads.services.search import most_waiting
from agents.lease import LEASE, lease_customers, schedule_now
from agents.models import CycleRun, Lead, Message, Profile, SourceProgress
from agents.states import (
    CycleAgent,
    LeadStatus,
    MessageMode,
    MessageStatus,
    SourceResult,
    TaskStatus,
)
from agents.work.services.tasks.weekly import last_week_name
from billing.models import Invoice, Subscription
from tests.conftest import NOON
from tests.factories import CustomerFactory, LeadFactory, MessageFactory, TaskFactory

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _no_search(configure: Callable[..., None]) -> None:
    configure(MAX_NEW_LEADS_PER_CYCLE=0)


def idle_customer(**fields: Any) -> Customer:
    """A customer for whom nothing at all is due at noon."""
    customer = CustomerFactory.create(**fields)
    Profile.objects.filter(customer=customer).update(
        outreach_mode=MessageMode.DRY_RUN,
        reported_week=last_week_name(NOON, customer.timezone),
        starter_tasks_at=NOON,
    )
    return customer


def is_idle(customer: Customer, now: datetime = NOON) -> bool:
    row = Customer.objects.select_related("profile", "subscription").get(pk=customer.pk)
    return find_idle(customers=[row], now=now) == {row.pk}


def outcomes(customer: Customer) -> list[tuple[str, str]]:
    runs = CycleRun.objects.filter(customer=customer).order_by("pk")
    return [(run.agent, run.outcome) for run in runs]


def did_something(customer: Customer) -> set[str]:
    """The agents that found work when a cycle was run without asking beforehand."""
    runs = run_cycle(customer=customer, now=NOON)
    return {run.agent for run in runs if run.outcome != "idle"}


# --- What makes a customer busy: each agent's work, one kind after the other ------------


def test_customer_with_nothing_due_is_idle() -> None:
    """And its cycle would find nothing."""
    customer = idle_customer()
    LeadFactory.create(customer=customer, next_action_at=NOON + SECOND)
    LeadFactory.create(customer=customer, status=LeadStatus.CLOSED, next_action_at=None)
    MessageFactory.create(
        lead=LeadFactory.create(customer=customer, next_action_at=None), due_at=NOON + SECOND
    )
    TaskFactory.create(customer=customer, due_at=NOON + SECOND)
    Invoice.objects.create(customer=customer, created_at=NOON, closes_at=NOON + SECOND)

    assert is_idle(customer)
    assert did_something(customer) == set()


def a_due_lead(customer: Customer) -> None:
    LeadFactory.create(customer=customer)


def a_planned_message(customer: Customer) -> None:
    MessageFactory.create(lead=LeadFactory.create(customer=customer, next_action_at=None))


def a_queued_message(customer: Customer) -> None:
    lead = LeadFactory.create(customer=customer, next_action_at=None)
    MessageFactory.create(lead=lead, status=MessageStatus.QUEUED)


def an_approval_that_expired(customer: Customer) -> None:
    lead = LeadFactory.create(customer=customer, next_action_at=None)
    MessageFactory.create(lead=lead, status=MessageStatus.AWAITING_APPROVAL)


def a_change_of_mode(customer: Customer) -> None:
    Profile.objects.filter(customer=customer).update(outreach_mode=MessageMode.LIVE)
    LeadFactory.create(customer=customer, next_action_at=None)


def a_qualified_lead(customer: Customer) -> None:
    LeadFactory.create(
        customer=customer, status=LeadStatus.QUALIFIED, qualified_at=NOON, next_action_at=None
    )


def a_new_customer(customer: Customer) -> None:
    Profile.objects.filter(customer=customer).update(starter_tasks_at=None)


def a_task(customer: Customer) -> None:
    TaskFactory.create(customer=customer)


def a_week_without_report(customer: Customer) -> None:
    Profile.objects.filter(customer=customer).update(reported_week="2026-W01")
    Customer.objects.filter(pk=customer.pk).update(created_at=NOON - timedelta(days=60))


def a_task_to_bill(customer: Customer) -> None:
    TaskFactory.create(
        customer=customer,
        status=TaskStatus.DONE,
        deliverable="# Done",
        due_at=None,
        finished_at=NOON,
    )


def a_month_that_is_over(customer: Customer) -> None:
    Invoice.objects.create(customer=customer, created_at=NOON, closes_at=NOON)


@pytest.mark.parametrize(
    ("work", "agent"),
    [
        (a_due_lead, CycleAgent.BIZDEV),
        (a_planned_message, CycleAgent.BIZDEV),
        (a_queued_message, CycleAgent.BIZDEV),
        (an_approval_that_expired, CycleAgent.BIZDEV),
        (a_change_of_mode, CycleAgent.BIZDEV),
        (a_qualified_lead, CycleAgent.ONBOARDING),
        (a_new_customer, CycleAgent.ONBOARDING),
        (a_task, CycleAgent.OPS),
        (a_week_without_report, CycleAgent.OPS),
        (a_task_to_bill, CycleAgent.BILLING),
        (a_month_that_is_over, CycleAgent.BILLING),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_customer_with_due_work_is_never_idle(
    work: Callable[[Customer], None], agent: CycleAgent
) -> None:
    customer, other = idle_customer(), idle_customer()
    work(customer)

    assert not is_idle(customer)
    assert is_idle(other)
    assert agent in did_something(customer)


# --- Lead Source ------------------------------------------------------------------------


def test_room_for_leads_is_work(configure: Callable[..., None]) -> None:
    configure(MAX_NEW_LEADS_PER_CYCLE=1)
    customer = idle_customer(niche="clinics", geography="Austin")

    assert not is_idle(customer)
    assert did_something(customer) >= {CycleAgent.LEAD_SOURCE}


def test_as_many_new_leads_as_may_wait_are_no_work(configure: Callable[..., None]) -> None:
    configure(MAX_NEW_LEADS_PER_CYCLE=1)
    customer = idle_customer(niche="clinics", geography="Austin")
    LeadFactory.create_batch(most_waiting() - 1, customer=customer, next_action_at=None)
    assert not is_idle(customer)

    LeadFactory.create(customer=customer, next_action_at=None)

    assert is_idle(customer)
    assert did_something(customer) == set()


@pytest.mark.parametrize("allowed", ["no niche", "trial used up"])
def test_customer_who_may_have_no_more_leads_is_idle(
    configure: Callable[..., None], allowed: str
) -> None:
    configure(MAX_NEW_LEADS_PER_CYCLE=1)
    customer = idle_customer(niche="" if allowed == "no niche" else "clinics")
    if allowed == "trial used up":
        Subscription.objects.filter(customer=customer).update(leads_used=20)

    assert is_idle(customer)
    assert did_something(customer) == set()


def test_resting_provider_is_no_work_until_its_time(configure: Callable[..., None]) -> None:
    configure(MAX_NEW_LEADS_PER_CYCLE=1)
    customer = idle_customer(niche="Clinics", geography="Austin")
    progress = SourceProgress.objects.create(
        customer=customer,
        provider="DUMMY_SEED",
        query="clinics | austin",
        result=SourceResult.API_ERROR,
        next_look_at=NOON + SECOND,
    )

    assert is_idle(customer)
    assert not is_idle(customer, NOON + SECOND)
    # The rest was for another search.
    SourceProgress.objects.filter(pk=progress.pk).update(query="gyms | austin")
    assert not is_idle(customer)


# --- A batch ----------------------------------------------------------------------------


def test_idle_customer_is_recorded_like_any_other() -> None:
    resting, busy = idle_customer(), idle_customer()
    a_task(busy)

    # A third cycle would follow the task's end.
    assert run_due_customers(clock=lambda: NOON, budget=2) == 2

    assert outcomes(resting) == [(agent, "idle") for agent in CycleAgent.values]
    assert dict(outcomes(busy))["ops"] == "ok"
    resting.refresh_from_db()
    assert (resting.lease_until, resting.next_run_at, resting.fence) == (
        None,
        NOON + timedelta(seconds=300),
        1,
    )


def test_idle_follow_up_has_the_follow_up_agents() -> None:
    customer = idle_customer()
    run_due_customers(clock=lambda: NOON)
    CycleRun.objects.all().delete()
    schedule_now(customer_id=customer.pk, now=NOON + SECOND)

    run_due_customers(clock=lambda: NOON + SECOND)

    assert outcomes(customer) == [("onboarding", "idle"), ("ops", "idle"), ("billing", "idle")]


def test_new_work_while_a_batch_is_recorded_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    customer = idle_customer()
    monkeypatch.setattr(idle, "find_idle", scheduled_meanwhile)

    run_due_customers(clock=lambda: NOON, budget=1)

    customer.refresh_from_db()
    assert (customer.lease_until, customer.next_run_at) == (None, NOON)


def scheduled_meanwhile(*, customers: list[Customer], now: datetime) -> set[int]:
    found = find_idle(customers=customers, now=now)
    for customer in customers:
        schedule_now(customer_id=customer.pk, now=now)
    return found


def test_lease_taken_over_meanwhile_is_not_released(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken, kept = idle_customer(), idle_customer()
    Customer.objects.filter(pk=taken.pk).update(company="Taken over")
    monkeypatch.setattr(idle, "find_idle", taken_over_meanwhile)

    run_due_customers(clock=lambda: NOON)

    taken.refresh_from_db()
    kept.refresh_from_db()
    assert (taken.lease_until, taken.fence) == (NOON + timedelta(hours=1), 2)
    assert (kept.lease_until, kept.fence) == (None, 1)


def taken_over_meanwhile(*, customers: list[Customer], now: datetime) -> set[int]:
    Customer.objects.filter(company="Taken over").update(
        fence=2, lease_until=now + timedelta(hours=1)
    )
    return find_idle(customers=customers, now=now)


def test_batch_that_cannot_be_recorded_goes_one_by_one(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    customer = idle_customer()
    monkeypatch.setattr(idle, "find_idle", confused)

    assert run_due_customers(clock=lambda: NOON) == 1

    assert len(outcomes(customer)) == 5
    assert [record.message for record in caplog.records] == ["a batch goes one by one"]


def confused(*, customers: list[Customer], now: datetime) -> set[int]:
    raise RuntimeError("an odd row")


def test_customer_without_profile_gets_its_own_cycle(
    caplog: pytest.LogCaptureFixture,
) -> None:
    odd, healthy = idle_customer(), idle_customer()
    Profile.objects.filter(customer=odd).delete()

    assert run_due_customers(clock=lambda: NOON) == 2

    assert dict(outcomes(odd))["bizdev"] == "failed"
    assert outcomes(healthy) == [(agent, "idle") for agent in CycleAgent.values]


def test_idle_customer_of_a_dead_worker_is_abandoned() -> None:
    customer = idle_customer()
    lease_customers(now=NOON)

    run_due_customers(clock=lambda: NOON + LEASE)

    assert outcomes(customer)[0] == ("lead_source", "abandoned")
    assert len(outcomes(customer)) == 6


def test_customer_without_rights_has_one_row_that_says_why() -> None:
    customer = idle_customer()

    run_due_customers(clock=lambda: NOON + timedelta(days=8))

    run = CycleRun.objects.get(customer=customer)
    assert (run.agent, run.outcome, run.error) == (
        "lead_source",
        "skipped",
        "The plan does not allow it: trial_expired.",
    )


def test_statements_are_as_many_for_one_as_for_ten() -> None:
    def statements(customers: int) -> int:
        Customer.objects.update(autopilot=False)
        for _ in range(customers):
            idle_customer()
        with CaptureQueriesContext(connection) as captured:
            assert run_due_customers(clock=lambda: NOON) == customers
        sql = [q["sql"] for q in captured]
        return len(
            [s for s in sql if not s.startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))]
        )

    # The switch; a lease of two statements and one that finds nobody; one question for the
    # batch; one INSERT of all rows and one release.
    assert (statements(1), statements(10)) == (7, 7)


def test_empty_batch_asks_nothing() -> None:
    with CaptureQueriesContext(connection) as captured:
        assert find_idle(customers=[], now=NOON) == set()

    assert list(captured) == []


def test_rows_of_others_decide_nothing() -> None:
    """The batch's conditions are about each customer's own rows."""
    first, second = idle_customer(), idle_customer()
    a_due_lead(first)
    a_queued_message(first)
    rows = list(
        Customer.objects.filter(pk__in=[first.pk, second.pk]).select_related(
            "profile", "subscription"
        )
    )

    assert find_idle(customers=rows, now=NOON) == {second.pk}
    assert (Lead.objects.count(), Message.objects.count()) == (2, 1)

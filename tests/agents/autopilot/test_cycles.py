"""Cycles: which agents run for a customer, what is recorded, and what stops them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Customer
from agents.autopilot.services import idle as idle_customers
from agents.autopilot.services.cycles import run_cycle, run_due_customers
from agents.autopilot.services.stages import STAGES
from agents.lease import LEASE, CustomerBusy, lease_customers, schedule_now
from agents.models import CycleRun, SystemSettings
from agents.states import CycleAgent, CycleOutcome
from hossagent.lib.log_fields import current_fields
from tests.conftest import NOON
from tests.factories import CustomerFactory

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db

PERIOD = timedelta(seconds=300)
calls: list[tuple[int, str]] = []


def nobody(*, customers: list[Customer], now: datetime) -> set[int]:
    return set()


def idle(*, customer: Customer, now: datetime) -> dict[str, int]:
    calls.append((customer.pk, "idle"))
    return {}


def busy(*, customer: Customer, now: datetime) -> dict[str, int]:
    calls.append((customer.pk, "busy"))
    return {"created": 3}


def broken(*, customer: Customer, now: datetime) -> dict[str, int]:
    raise RuntimeError("the provider answered nonsense")


def scheduling(*, customer: Customer, now: datetime) -> dict[str, int]:
    schedule_now(customer_id=customer.pk, now=now)
    return {}


def taken_over(*, customer: Customer, now: datetime) -> dict[str, int]:
    """Somebody took the customer over while this stage was running."""
    Customer.objects.filter(pk=customer.pk).update(
        fence=customer.fence + 1, lease_until=now + timedelta(hours=1)
    )
    return {}


@pytest.fixture(autouse=True)
def stages(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """All five agents idle; `stages(ops=broken)` replaces one. No customer is found to be
    idle beforehand: test_idle.py is about that."""
    calls.clear()
    monkeypatch.setattr(idle_customers, "find_idle", nobody)

    def use(**functions: Any) -> None:
        for agent, function in functions.items():
            monkeypatch.setitem(STAGES, CycleAgent(agent), function)

    use(**{agent.value: idle for agent in CycleAgent})
    return use


def tick(now: datetime = NOON, **kwargs: Any) -> int:
    return run_due_customers(clock=lambda: now, **kwargs)


def outcomes(customer: Customer) -> list[tuple[str, str]]:
    runs = CycleRun.objects.filter(customer=customer).order_by("pk")
    return [(run.agent, run.outcome) for run in runs]


def test_five_agents_run_in_order_and_are_recorded(stages: Callable[..., None]) -> None:
    customer = CustomerFactory.create()
    stages(bizdev=busy)

    assert tick() == 1

    assert outcomes(customer) == [
        ("lead_source", "idle"),
        ("bizdev", "ok"),
        ("onboarding", "idle"),
        ("ops", "idle"),
        ("billing", "idle"),
    ]
    assert CycleRun.objects.get(agent="bizdev").counts == {"created": 3}
    customer.refresh_from_db()
    assert (customer.lease_until, customer.next_run_at, customer.fence) == (None, NOON + PERIOD, 1)


def test_new_work_between_cycles_brings_the_follow_up_only() -> None:
    customer = CustomerFactory.create()
    tick()
    CycleRun.objects.all().delete()
    soon = NOON + timedelta(seconds=20)

    schedule_now(customer_id=customer.pk, now=soon)
    done = tick(soon)

    assert done == 1
    assert outcomes(customer) == [("onboarding", "idle"), ("ops", "idle"), ("billing", "idle")]
    customer.refresh_from_db()
    assert (customer.last_cycle_at, customer.next_run_at) == (NOON, NOON + PERIOD)
    assert tick(NOON + PERIOD) == 1
    assert outcomes(customer)[3:] == [(agent, "idle") for agent in CycleAgent.values]


def test_customer_is_due_once_per_period() -> None:
    CustomerFactory.create()

    done = [tick(NOON), tick(NOON + timedelta(seconds=299)), tick(NOON + PERIOD)]

    assert done == [1, 0, 1]


def test_failing_agent_stops_neither_agents_nor_customers(
    stages: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    first, second = CustomerFactory.create_batch(2)
    stages(bizdev=broken)

    assert tick() == 2

    expected = [
        ("lead_source", "idle"),
        ("bizdev", "failed"),
        ("onboarding", "idle"),
        ("ops", "idle"),
        ("billing", "idle"),
    ]
    assert outcomes(first) == outcomes(second) == expected
    assert CycleRun.objects.filter(agent="bizdev").values_list(
        "error", flat=True
    ).distinct().get() == ("RuntimeError: the provider answered nonsense")
    assert [r.exc_info is not None for r in caplog.records if r.message == "agent failed"] == [
        True
    ] * 2


def test_customer_without_its_rows_does_not_stop_the_next(
    caplog: pytest.LogCaptureFixture,
) -> None:
    CustomerFactory.create(subscription=None, next_run_at=NOON - PERIOD)
    healthy = CustomerFactory.create()

    assert tick() == 2

    assert len(outcomes(healthy)) == 5
    assert "cycle failed" in [record.message for record in caplog.records]


def test_plan_without_rights_is_skipped_with_one_row() -> None:
    customer = CustomerFactory.create()
    over = NOON + timedelta(days=8)

    tick(over)

    run = CycleRun.objects.get(customer=customer)
    assert (run.outcome, run.error) == ("skipped", "The plan does not allow it: trial_expired.")
    assert calls == []


def test_global_switch_stops_every_cycle() -> None:
    CustomerFactory.create()
    SystemSettings.objects.update(is_autopilot_on=False)

    assert tick() == 0
    assert not CycleRun.objects.exists()


def test_new_work_during_a_cycle_makes_another_one_follow(stages: Callable[..., None]) -> None:
    customer = CustomerFactory.create()
    stages(ops=scheduling)

    tick(budget=1)

    customer.refresh_from_db()
    assert (customer.lease_until, customer.next_run_at) == (None, NOON)


def test_cycle_of_a_dead_worker_is_abandoned_and_continued() -> None:
    customer = CustomerFactory.create(next_run_at=NOON - PERIOD)
    lease_customers(now=NOON)
    later = NOON + LEASE

    assert tick(later) == 1

    assert outcomes(customer)[0] == ("lead_source", "abandoned")
    assert len(outcomes(customer)) == 6
    abandoned = CycleRun.objects.get(outcome=CycleOutcome.ABANDONED)
    assert (abandoned.started_at, abandoned.finished_at) == (NOON, later)


def test_lease_that_was_taken_over_is_not_released(stages: Callable[..., None]) -> None:
    customer = CustomerFactory.create()
    stages(ops=taken_over)

    tick()

    customer.refresh_from_db()
    assert (customer.fence, customer.lease_until) == (2, NOON + timedelta(hours=1))


def test_slow_cycle_renews_its_lease_and_stops_without_it(
    stages: Callable[..., None],
) -> None:
    customer = CustomerFactory.create()
    moments = iter(NOON + timedelta(minutes=2 * step) for step in range(100))
    stages(onboarding=taken_over)

    run_due_customers(clock=lambda: next(moments), deadline=timedelta(hours=9), budget=1)

    assert [agent for agent, _ in outcomes(customer)] == ["lead_source", "bizdev", "onboarding"]


def test_manual_run_takes_the_same_lease() -> None:
    customer = CustomerFactory.create()
    lease_customers(now=NOON)

    with pytest.raises(CustomerBusy, match="are working for"):
        run_cycle(customer=customer, now=NOON, by="hoss@hossagent.test")

    assert not CycleRun.objects.exists()


def test_manual_run_of_one_agent_leaves_the_timetable() -> None:
    """A person's run needs no autopilot either."""
    customer = CustomerFactory.create(autopilot=False, next_run_at=NOON + PERIOD)

    runs = run_cycle(customer=customer, now=NOON, agents=[CycleAgent.OPS], by="hoss@hossagent.test")

    assert [(run.agent, run.started_by) for run in runs] == [("ops", "hoss@hossagent.test")]
    customer.refresh_from_db()
    assert (customer.lease_until, customer.next_run_at) == (None, NOON + PERIOD)


def test_customers_whose_turn_did_not_come_are_released() -> None:
    CustomerFactory.create_batch(3)
    moments = iter([NOON, NOON, *[NOON + timedelta(minutes=1)] * 8])

    done = run_due_customers(
        clock=lambda: next(moments, NOON + timedelta(hours=1)), deadline=timedelta(minutes=4)
    )

    assert done == 1
    assert (
        Customer.objects.filter(
            lease_until=None, next_run_at__gt=NOON + timedelta(minutes=50)
        ).count()
        == 2
    )


def test_statements_per_customer_do_not_grow() -> None:
    def statements(customers: int) -> int:
        Customer.objects.update(autopilot=False)
        CustomerFactory.create_batch(customers)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert tick() == customers
        sql = [q["sql"] for q in captured]
        return len(
            [s for s in sql if not s.startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))]
        )

    one, three = statements(1), statements(3)

    # The switch, two leases of two statements (the last finds nobody and writes nothing),
    # and for each customer one INSERT of its rows and one release.
    assert (one, three) == (1 + 2 + 1 + 2, 1 + 2 + 1 + 3 * 2)


def test_lines_of_a_cycle_carry_its_id_and_its_customer(stages: Callable[..., None]) -> None:
    """Two customers of one tick: each cycle has its own, and nothing is left behind."""
    seen: list[dict[str, str]] = []

    def look(*, customer: Customer, now: datetime) -> dict[str, int]:
        seen.append({**current_fields(), "expected": str(customer.pk)})
        return {}

    stages(lead_source=look, billing=look)
    for _ in range(2):
        CustomerFactory.create(next_run_at=NOON)

    tick()

    assert [fields["customer"] for fields in seen] == [fields["expected"] for fields in seen]
    cycles = [fields["cycle"] for fields in seen]
    assert (cycles[0], cycles[2]) == (cycles[1], cycles[3])
    assert len(set(cycles)) == 2
    assert dict(current_fields()) == {}

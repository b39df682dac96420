"""Claims, passes and releases: who is worked for, in which order, and never twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Customer
from agents.autopilot.services import cycles
from agents.lease import schedule_now
from agents.models import CycleRun, SystemSettings
from agents.states import CycleAgent, CycleOutcome
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


def poking(*, customer: Customer, now: datetime) -> dict[str, int]:
    schedule_now(customer_id=customer.pk, now=now)
    return {}


def robbed(*, customer: Customer, now: datetime) -> dict[str, int]:
    """Somebody took the customer over while this stage was running."""
    Customer.objects.filter(pk=customer.pk).update(
        fence=customer.fence + 1, lease_until=now + timedelta(hours=1)
    )
    return {}


@pytest.fixture(autouse=True)
def stages(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """All five agents idle; `stages(ops=broken)` replaces one. Nobody is told to be quiet
    beforehand: tests/agents/autopilot/test_idle.py is about that."""
    calls.clear()
    monkeypatch.setattr(cycles, "find_idle", nobody)

    def use(**functions: Any) -> None:
        for agent, function in functions.items():
            monkeypatch.setitem(cycles.STAGES, CycleAgent(agent), function)

    use(**{agent.value: idle for agent in CycleAgent})
    return use


def drain(now: datetime = NOON, **kwargs: Any) -> int:
    return cycles.run_due_customers(clock=lambda: now, **kwargs)


def outcomes(customer: Customer) -> list[tuple[str, str]]:
    runs = CycleRun.objects.filter(customer=customer).order_by("pk")
    return [(run.agent, run.outcome) for run in runs]


def test_the_five_agents_run_in_order_and_are_recorded(stages: Callable[..., None]) -> None:
    customer = CustomerFactory.create()
    stages(bizdev=busy)

    assert drain() == 1

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


def test_a_poke_between_two_cycles_brings_the_follow_up_agents_only() -> None:
    customer = CustomerFactory.create()
    drain()
    CycleRun.objects.all().delete()
    soon = NOON + timedelta(seconds=20)

    schedule_now(customer_id=customer.pk, now=soon)
    drained = drain(soon)

    assert drained == 1
    assert outcomes(customer) == [("onboarding", "idle"), ("ops", "idle"), ("billing", "idle")]
    customer.refresh_from_db()
    assert (customer.last_cycle_at, customer.next_run_at) == (NOON, NOON + PERIOD)
    assert drain(NOON + PERIOD) == 1
    assert outcomes(customer)[3:] == [(agent, "idle") for agent in CycleAgent.values]


def test_a_customer_is_due_once_per_period() -> None:
    CustomerFactory.create()

    passes = [drain(NOON), drain(NOON + timedelta(seconds=299)), drain(NOON + PERIOD)]

    assert passes == [1, 0, 1]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, 1),
        ({"autopilot": False}, 0),
        ({"next_run_at": None}, 0),
        ({"next_run_at": NOON + timedelta(seconds=1)}, 0),
        ({"lease_until": NOON + timedelta(seconds=1)}, 0),
        ({"lease_until": NOON}, 1),
    ],
)
def test_who_is_claimed(fields: dict[str, Any], expected: int) -> None:
    CustomerFactory.create(**fields)

    assert len(cycles.lease_customers(now=NOON)) == expected


def test_a_claimed_customer_is_not_claimed_again_before_its_lease_ends() -> None:
    CustomerFactory.create(next_run_at=NOON - PERIOD)
    taken = cycles.lease_customers(now=NOON)

    again = cycles.lease_customers(now=NOON + cycles.LEASE - timedelta(seconds=1))

    assert (len(taken), again) == (1, [])


def test_the_longest_waiting_are_claimed_first_and_the_limit_holds() -> None:
    for minutes in (1, 3, 2):
        CustomerFactory.create(company=f"{minutes}", next_run_at=NOON - timedelta(minutes=minutes))

    claims = cycles.lease_customers(now=NOON, limit=2)

    assert [claim.customer.company for claim in claims] == ["3", "2"]


def test_one_failing_agent_stops_neither_the_others_nor_another_customer(
    stages: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    first, second = CustomerFactory.create_batch(2)
    stages(bizdev=broken)

    assert drain() == 2

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


def test_a_customer_without_its_rows_does_not_stop_the_next(
    caplog: pytest.LogCaptureFixture,
) -> None:
    CustomerFactory.create(subscription=None, next_run_at=NOON - PERIOD)
    healthy = CustomerFactory.create()

    assert drain() == 2

    assert len(outcomes(healthy)) == 5
    assert "pass failed" in [record.message for record in caplog.records]


def test_a_plan_without_rights_is_skipped_with_one_row() -> None:
    customer = CustomerFactory.create()
    over = NOON + timedelta(days=8)

    drain(over)

    run = CycleRun.objects.get(customer=customer)
    assert (run.outcome, run.error) == ("skipped", "The plan does not allow it: trial_expired.")
    assert calls == []


def test_the_global_switch_stops_every_pass() -> None:
    CustomerFactory.create()
    SystemSettings.objects.update(is_autopilot_on=False)

    assert drain() == 0
    assert not CycleRun.objects.exists()


def test_a_poke_during_a_pass_makes_another_one_follow(stages: Callable[..., None]) -> None:
    customer = CustomerFactory.create()
    stages(ops=poking)

    drain(budget=1)

    customer.refresh_from_db()
    assert (customer.lease_until, customer.next_run_at) == (None, NOON)


def test_a_dead_worker_s_pass_is_recorded_as_abandoned_and_goes_on() -> None:
    customer = CustomerFactory.create(next_run_at=NOON - PERIOD)
    cycles.lease_customers(now=NOON)
    later = NOON + cycles.LEASE

    assert drain(later) == 1

    assert outcomes(customer)[0] == ("lead_source", "abandoned")
    assert len(outcomes(customer)) == 6
    abandoned = CycleRun.objects.get(outcome=CycleOutcome.ABANDONED)
    assert (abandoned.started_at, abandoned.finished_at) == (NOON, later)


def test_a_worker_whose_lease_was_taken_over_cannot_release_it(stages: Callable[..., None]) -> None:
    customer = CustomerFactory.create()
    stages(ops=robbed)

    drain()

    customer.refresh_from_db()
    assert (customer.fence, customer.lease_until) == (2, NOON + timedelta(hours=1))


def test_a_slow_pass_renews_its_lease_and_stops_when_it_lost_it(
    stages: Callable[..., None],
) -> None:
    customer = CustomerFactory.create()
    moments = iter(NOON + timedelta(minutes=2 * step) for step in range(100))
    stages(onboarding=robbed)

    cycles.run_due_customers(clock=lambda: next(moments), deadline=timedelta(hours=9), budget=1)

    assert [agent for agent, _ in outcomes(customer)] == ["lead_source", "bizdev", "onboarding"]


def test_a_manual_run_takes_the_same_lease() -> None:
    customer = CustomerFactory.create()
    cycles.lease_customers(now=NOON)

    with pytest.raises(cycles.CustomerBusy, match="is being worked on right now"):
        cycles.run_cycle(customer=customer, now=NOON, by="hoss@hossagent.test")

    assert not CycleRun.objects.exists()


def test_a_manual_run_of_one_agent_needs_no_autopilot_and_leaves_the_timetable() -> None:
    customer = CustomerFactory.create(autopilot=False, next_run_at=NOON + PERIOD)

    runs = cycles.run_cycle(
        customer=customer, now=NOON, agents=[CycleAgent.OPS], by="hoss@hossagent.test"
    )

    assert [(run.agent, run.started_by) for run in runs] == [("ops", "hoss@hossagent.test")]
    customer.refresh_from_db()
    assert (customer.lease_until, customer.next_run_at) == (None, NOON + PERIOD)


def test_customers_whose_turn_did_not_come_are_given_back() -> None:
    CustomerFactory.create_batch(3)
    moments = iter([NOON, NOON, *[NOON + timedelta(minutes=1)] * 8])

    done = cycles.run_due_customers(
        clock=lambda: next(moments, NOON + timedelta(hours=1)), deadline=timedelta(minutes=4)
    )

    assert done == 1
    assert (
        Customer.objects.filter(
            lease_until=None, next_run_at__gt=NOON + timedelta(minutes=50)
        ).count()
        == 2
    )


def test_statements_per_customer_do_not_grow_with_their_number() -> None:
    def statements(customers: int) -> int:
        Customer.objects.update(autopilot=False)
        CustomerFactory.create_batch(customers)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert drain() == customers
        sql = [q["sql"] for q in captured]
        return len(
            [s for s in sql if not s.startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))]
        )

    one, three = statements(1), statements(3)

    # The switch, two claims of two statements (the last finds nobody and writes nothing),
    # and for each customer one INSERT of its rows and one release.
    assert (one, three) == (1 + 2 + 1 + 2, 1 + 2 + 1 + 3 * 2)

"""A run of the agents because a person pressed a button, over within a few seconds."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from accounts.models import Customer
from accounts.services import audit
from accounts.states import AuditAction
from agents.autopilot.services.cycles import run_cycle
from agents.lease import CustomerBusy
from agents.states import CycleOutcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from agents.models import CycleRun
    from agents.states import CycleAgent

# A page must come back; customers that are left become due, and the workers take them.
PATIENCE = timedelta(seconds=8)


@dataclass(slots=True)
class RunTotals:
    """What came of it: customers run, busy, failed and left to the workers."""

    customers: int = 0
    busy: int = 0
    failed: int = 0
    left: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, runs: list[CycleRun]) -> None:
        """Count one customer's cycle."""
        self.customers += 1
        for run in runs:
            self.failed += run.outcome == CycleOutcome.FAILED
            self.counts.update({name: number for name, number in run.counts.items() if number})


def run_for_all(
    *, agents: Sequence[CycleAgent] | None, by: str, clock: Callable[[], datetime]
) -> RunTotals:
    """Run `agents` (None: all) for every open customer on autopilot, longest waiting first.

    Stops after a few seconds; customers whose turn did not come are due at once. While the
    operator's autopilot is off, nothing is sent.
    """
    totals, started = RunTotals(), clock()
    _record_manual_run(agents=agents, by=by, now=started)
    waiting = Customer.objects.filter(autopilot=True, closed_at=None).order_by("next_run_at", "pk")
    for customer in waiting.iterator(chunk_size=100):
        if clock() - started > PATIENCE:
            break
        try:
            runs = run_cycle(customer=customer, now=clock(), agents=agents, by=by, clock=clock)
        except CustomerBusy:
            totals.busy += 1
        else:
            totals.add(runs)
    else:
        return totals
    rest = waiting.filter(next_run_at__gt=started) | waiting.filter(next_run_at=None)
    totals.left = rest.order_by().update(next_run_at=clock())
    return totals


def run_for_one(*, customer: Customer, by: str, clock: Callable[[], datetime]) -> list[CycleRun]:
    """Run all agents for one customer now; while an autopilot is off, they send nothing.

    Raises `CustomerBusy` when somebody else runs them.
    """
    runs = run_cycle(customer=customer, now=clock(), by=by, clock=clock)
    _record_manual_run(agents=None, by=by, now=clock(), customer=customer)
    return runs


def _record_manual_run(
    *,
    agents: Sequence[CycleAgent] | None,
    by: str,
    now: datetime,
    customer: Customer | None = None,
) -> None:
    names = "all" if agents is None else ", ".join(agents)
    audit.record(
        AuditAction.AGENTS_RUN,
        at=now,
        actor=by,
        customer_id=customer.pk if customer else None,
        subject=customer,
        change=audit.Change(after={"agents": names}),
    )

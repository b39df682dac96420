"""The five agents' turns in one customer's cycle, in their order, each recorded."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.leads.services.search import run_lead_source
from agents.lease import Lease, renew
from agents.models import CycleRun
from agents.outreach.services.bizdev import run_bizdev
from agents.states import CycleAgent, CycleOutcome
from agents.work.services.invoicing import run_billing
from agents.work.services.onboarding import run_onboarding
from agents.work.services.tasks import run_ops
from billing.entitlements import can_run_agent_for, get_plan_status
from hossagent.lib import loops

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from accounts.models import Customer

logger = logging.getLogger("agents.autopilot")

AUTOPILOT = "autopilot"

# In the order of a cycle.
STAGES: dict[CycleAgent, Callable[..., dict[str, int]]] = {
    CycleAgent.LEAD_SOURCE: run_lead_source,
    CycleAgent.BIZDEV: run_bizdev,
    CycleAgent.ONBOARDING: run_onboarding,
    CycleAgent.OPS: run_ops,
    CycleAgent.BILLING: run_billing,
}

# What runs when new work arrives between two whole cycles.
FOLLOW_UP = (CycleAgent.ONBOARDING, CycleAgent.OPS, CycleAgent.BILLING)


@dataclass(frozen=True, slots=True)
class Cycle:
    """One cycle of a leased customer: the agents that run, and who started it."""

    lease: Lease
    agents: tuple[CycleAgent, ...]
    by: str = AUTOPILOT

    @property
    def customer(self) -> Customer:
        return self.lease.customer


def plan_cycle(
    lease: Lease, *, agents: Iterable[CycleAgent] | None = None, by: str = AUTOPILOT
) -> Cycle:
    """A cycle of `agents`, or of all five; a follow-up has those that answer to news."""
    wanted = FOLLOW_UP if agents is None and lease.is_follow_up else agents
    chosen = None if wanted is None else set(wanted)
    return Cycle(lease, tuple(a for a in STAGES if chosen is None or a in chosen), by)


def run_stages(cycle: Cycle, *, clock: Callable[[], datetime]) -> Iterator[CycleRun]:
    """Each agent's turn, and its row. One SKIPPED row when the plan does not allow them.

    Raises `LeaseLost` between two turns when somebody else has the customer by then.
    """
    now = clock()
    if reason := why_not_to_work_for(cycle.customer, now=now):
        yield skipped_run(cycle, reason, now=now)
        return
    for agent in cycle.agents:
        renew(cycle.lease, now=clock())
        yield _run_stage(cycle, agent, clock=clock)


def why_not_to_work_for(customer: Customer, *, now: datetime) -> str:
    """Why no agent may work for this customer; empty when all may."""
    if customer.closed_at is not None:
        return "The account is closed."
    if not can_run_agent_for(customer, now=now):
        return f"The plan does not allow it: {get_plan_status(customer, now=now)}."
    return ""


def _run_stage(cycle: Cycle, agent: CycleAgent, *, clock: Callable[[], datetime]) -> CycleRun:
    """One agent's turn. Whatever it raises becomes a FAILED row, and the next one runs."""
    run = _new_run(cycle, agent, CycleOutcome.IDLE, at=clock())
    try:
        run.counts = STAGES[agent](customer=cycle.customer, now=run.started_at)
    except Exception as error:  # one agent's failure never stops the others
        logger.exception(
            "agent failed", extra={"agent": agent.value, "customer": cycle.customer.pk}
        )
        loops.drop_broken_connection()
        run.error = f"{type(error).__name__}: {error}"[:2_000]
        run.outcome = CycleOutcome.FAILED
    else:
        run.outcome = CycleOutcome.OK if any(run.counts.values()) else CycleOutcome.IDLE
    run.finished_at = clock()
    return run


def idle_runs(cycle: Cycle, *, now: datetime) -> list[CycleRun]:
    """The rows of a cycle in which no agent would find anything to do."""
    return [_new_run(cycle, agent, CycleOutcome.IDLE, at=now) for agent in cycle.agents]


def skipped_run(cycle: Cycle, reason: str, *, now: datetime) -> CycleRun:
    """One row for all agents: nothing was looked at."""
    return _new_run(cycle, cycle.agents[0], CycleOutcome.SKIPPED, at=now, error=reason)


def abandoned_run(cycle: Cycle, *, since: datetime, now: datetime) -> CycleRun:
    """One row for the cycle that a dead worker began at `since` and left behind."""
    run = _new_run(
        Cycle(cycle.lease, cycle.agents),
        cycle.agents[0],
        CycleOutcome.ABANDONED,
        at=since,
        error=(
            "The worker stopped before this cycle was over. Nothing was lost. "
            "The work is stored, and this run continues it."
        ),
    )
    run.finished_at = now
    return run


def _new_run(
    cycle: Cycle, agent: CycleAgent, outcome: CycleOutcome, *, at: datetime, error: str = ""
) -> CycleRun:
    return CycleRun(
        customer=cycle.customer,
        agent=agent,
        started_at=at,
        finished_at=at,
        outcome=outcome,
        error=error,
        started_by=cycle.by,
    )

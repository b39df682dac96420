"""The autopilot: claims customers that are due and runs the five agents for each.

A claim is a lease on the customer's row (`agents.lease`), so two passes of one
customer never overlap, whoever starts them: a worker, the console or a command.

A whole cycle runs the five agents, once per AUTOPILOT_PERIOD_SECONDS. A poke in between
brings a follow-up pass of the agents that answer to news (Onboarding, Ops, Billing), so
that neither leads nor mails come faster than the limits per cycle allow. Customers for
whom nothing is due are told apart for a whole batch at once, and recorded and released
together: what a tick costs depends on the work there is.

A pass whose worker died is recorded as ABANDONED by whoever takes over. All work is in
rows, so nothing is repeated and nothing is lost.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from agents.autopilot.services.idle import find_idle
from agents.leads.services.search import run_lead_source
from agents.lease import (
    BATCH,
    LEASE,
    CustomerBusy,
    Lease,
    LeaseLost,
    held,
    lease_customer,
    lease_customers,
    release,
    renew,
)
from agents.models import CycleRun, SystemSettings
from agents.outreach.services.bizdev import run_bizdev
from agents.states import CycleAgent, CycleOutcome
from agents.work.services.invoicing import run_billing
from agents.work.services.onboarding import run_onboarding
from agents.work.services.tasks import run_ops
from billing.entitlements import can_run_agent_for, get_plan_status
from hossagent import subsystems
from hossagent.lib import loops

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime

    from accounts.models import Customer

__all__ = [
    "LEASE",
    "CustomerBusy",
    "lease_customer",
    "lease_customers",
    "run_cycle",
    "run_due_customers",
]

logger = logging.getLogger("agents.autopilot")

AUTOPILOT = "autopilot"

# In the order of a pass.
STAGES: dict[CycleAgent, Callable[..., dict[str, int]]] = {
    CycleAgent.LEAD_SOURCE: run_lead_source,
    CycleAgent.BIZDEV: run_bizdev,
    CycleAgent.ONBOARDING: run_onboarding,
    CycleAgent.OPS: run_ops,
    CycleAgent.BILLING: run_billing,
}

# What a poke between two cycles runs.
FOLLOW_UP = (CycleAgent.ONBOARDING, CycleAgent.OPS, CycleAgent.BILLING)


def run_due_customers(
    *, clock: Callable[[], datetime], budget: int = 500, deadline: timedelta = timedelta(minutes=4)
) -> int:
    """Run a pass for each due customer, at most `budget` of them; returns how many.

    Does nothing while the autopilot is switched off. One customer's failure is logged and
    the next one's pass goes on. After `deadline`, or when the process is asked to stop,
    customers in hand are given back untouched.
    """
    if not SystemSettings.objects.filter(is_autopilot_on=True).exists():
        return 0
    started, done = clock(), 0
    while done < budget and not loops.is_stopping():
        now = clock()
        if now >= started + deadline:
            break
        claims = lease_customers(now=now, limit=min(BATCH, budget - done))
        if not claims:
            break
        if done == 0:
            subsystems.log_fallbacks()
        done += _run_batch(claims, clock=clock, until=started + deadline)
    return done


def _run_batch(claims: list[Lease], *, clock: Callable[[], datetime], until: datetime) -> int:
    now = clock()
    busy = claims
    if now < until and not loops.is_stopping():
        busy = _record_idle(claims, now=now)
    done = len(claims) - len(busy)
    for claim in busy:
        now = clock()
        if now >= until or loops.is_stopping():
            release(claim, now=now)
            continue
        try:
            _run_claimed(claim, clock=clock)
        except LeaseLost:
            logger.warning("lease lost", extra={"customer": claim.customer.pk})
        except Exception:  # one customer's failure never stops another's
            logger.exception("pass failed", extra={"customer": claim.customer.pk})
            loops.drop_broken_connection()
        done += 1
    return done


def _record_idle(claims: list[Lease], *, now: datetime) -> list[Lease]:
    """Record and release those for whom nothing is to be done, all in one; returns the
    others.

    A customer whose agents would all find nothing, or may not work, needs no pass of its
    own. When this fails nothing has happened and everybody gets one.
    """
    try:
        runs = _idle_runs(claims, now=now)
        if runs:
            quiet = [claim for claim in claims if claim.customer.pk in runs]
            with transaction.atomic():
                CycleRun.objects.bulk_create([run for rows in runs.values() for run in rows])
                held(*quiet).update(lease_until=None)
    except Exception:  # one customer's odd row must not stop the others
        logger.exception("a batch goes one by one")
        loops.drop_broken_connection()
        return claims
    return [claim for claim in claims if claim.customer.pk not in runs]


def _idle_runs(claims: list[Lease], *, now: datetime) -> dict[int, list[CycleRun]]:
    """What is to be recorded for each customer that needs no pass."""
    runs: dict[int, list[CycleRun]] = {}
    # A pass that was left half done is recorded by the one that goes on with it, and a
    # customer without its rows by the one that fails.
    plain = [c for c in claims if c.abandoned_at is None and hasattr(c.customer, "subscription")]
    for claim in plain:
        if reason := _why_not_to_work_for(claim.customer, now=now):
            runs[claim.customer.pk] = [
                _skipped(claim, _agents_of(claim), reason, now=now, by=AUTOPILOT)
            ]
    asked = [claim.customer for claim in plain if claim.customer.pk not in runs]
    nothing_due = find_idle(customers=asked, now=now)
    for claim in plain:
        if claim.customer.pk in nothing_due:
            runs[claim.customer.pk] = [
                _record(claim, agent, now, now, CycleOutcome.IDLE, by=AUTOPILOT)
                for agent in _agents_of(claim)
            ]
    return runs


def _agents_of(claim: Lease, agents: Iterable[CycleAgent] | None = None) -> list[CycleAgent]:
    """The agents of a pass, in their order."""
    wanted = FOLLOW_UP if agents is None and claim.is_follow_up else agents
    return [agent for agent in STAGES if wanted is None or agent in set(wanted)]


def run_cycle(
    *,
    customer: Customer,
    now: datetime,
    agents: Iterable[CycleAgent] | None = None,
    by: str = AUTOPILOT,
    clock: Callable[[], datetime] | None = None,
) -> list[CycleRun]:
    """Run the agents (all five, or those named, in their order) for one customer now.

    Claims the customer like any worker does; raises `CustomerBusy` when somebody else has
    it. While the autopilot is off it finds and writes, because a person asked, and the send
    gate holds its mails. The plan still decides.
    """
    claim = lease_customer(customer_id=customer.pk, now=now)
    return _run_claimed(claim, clock=clock or (lambda: now), agents=agents, by=by)


def _run_claimed(
    claim: Lease,
    *,
    clock: Callable[[], datetime],
    agents: Iterable[CycleAgent] | None = None,
    by: str = AUTOPILOT,
) -> list[CycleRun]:
    """One pass under a claim, and the release. All rows of the pass go in one INSERT."""
    chosen = _agents_of(claim, agents)
    runs = _abandoned(claim, chosen, now=clock())
    try:
        for run in _run_stages(claim, chosen, clock=clock, by=by):
            runs.append(run)  # what ran is recorded even when the next one raises
    finally:
        with transaction.atomic():
            CycleRun.objects.bulk_create(runs)
            held(claim).update(lease_until=None)
    return runs


def _run_stages(
    claim: Lease, chosen: Sequence[CycleAgent], *, clock: Callable[[], datetime], by: str
) -> Iterator[CycleRun]:
    customer, now = claim.customer, clock()
    reason = _why_not_to_work_for(customer, now=now)
    if reason:
        yield _skipped(claim, chosen, reason, now=now, by=by)
        return
    for agent in chosen:
        renew(claim, now=clock())
        yield _run_stage(claim, agent, clock=clock, by=by)


def _skipped(
    claim: Lease, chosen: Sequence[CycleAgent], reason: str, *, now: datetime, by: str
) -> CycleRun:
    """One row says it for all: nothing was looked at."""
    return _record(claim, chosen[0], now, now, CycleOutcome.SKIPPED, by=by, error=reason)


def _why_not_to_work_for(customer: Customer, *, now: datetime) -> str:
    if customer.closed_at is not None:
        return "The account is closed."
    if not can_run_agent_for(customer, now=now):
        return f"The plan does not allow it: {get_plan_status(customer, now=now)}."
    return ""


def _run_stage(
    claim: Lease, agent: CycleAgent, *, clock: Callable[[], datetime], by: str
) -> CycleRun:
    """One agent's turn. Whatever it raises becomes a FAILED row and the next one goes on."""
    started = clock()
    try:
        counts = STAGES[agent](customer=claim.customer, now=started)
    except Exception as error:  # one agent's failure never stops the others
        logger.exception(
            "agent failed", extra={"agent": agent.value, "customer": claim.customer.pk}
        )
        loops.drop_broken_connection()
        sentence = f"{type(error).__name__}: {error}"[:2_000]
        return _record(claim, agent, started, clock(), CycleOutcome.FAILED, by=by, error=sentence)
    outcome = CycleOutcome.OK if any(counts.values()) else CycleOutcome.IDLE
    return _record(claim, agent, started, clock(), outcome, by=by, counts=counts)


def _record(
    claim: Lease,
    agent: CycleAgent,
    started: datetime,
    finished: datetime,
    outcome: CycleOutcome,
    *,
    by: str,
    counts: dict[str, int] | None = None,
    error: str = "",
) -> CycleRun:
    return CycleRun(
        customer=claim.customer,
        agent=agent,
        started_at=started,
        finished_at=finished,
        outcome=outcome,
        counts=counts or {},
        error=error,
        started_by=by,
    )


def _abandoned(claim: Lease, chosen: Sequence[CycleAgent], *, now: datetime) -> list[CycleRun]:
    """One row for the pass that a dead worker left behind."""
    if claim.abandoned_at is None:
        return []
    sentence = (
        "The worker stopped before this pass was over. Nothing was lost: "
        "the work is in rows, and this pass goes on with it."
    )
    logger.warning("pass was abandoned", extra={"customer": claim.customer.pk})
    return [
        _record(
            claim,
            chosen[0],
            claim.abandoned_at,
            now,
            CycleOutcome.ABANDONED,
            by=AUTOPILOT,
            error=sentence,
        )
    ]

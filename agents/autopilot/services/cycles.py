"""The autopilot: leases customers that are due and runs the agents for each.

A whole cycle runs all five agents, once per AUTOPILOT_PERIOD_SECONDS. New work in between
brings a follow-up of the agents that answer to news (Onboarding, Ops, Billing), so that
neither leads nor emails come faster than the limits per cycle allow.

A cycle whose worker died is recorded as ABANDONED by the worker that takes over. All work
is in rows, so nothing is repeated and nothing is lost.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from agents.autopilot.services.idle import record_idle
from agents.autopilot.services.stages import (
    AUTOPILOT,
    Cycle,
    abandoned_run,
    plan_cycle,
    run_stages,
)
from agents.lease import (
    BATCH,
    Lease,
    LeaseLost,
    lease_customer,
    lease_customers,
    release,
    release_unworked,
)
from agents.models import CycleRun, SystemSettings
from hossagent import subsystems
from hossagent.lib import loops
from hossagent.lib.log_fields import log_fields, new_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from accounts.models import Customer
    from agents.states import CycleAgent

logger = logging.getLogger("agents.autopilot")


def run_due_customers(
    *, clock: Callable[[], datetime], budget: int = 500, deadline: timedelta = timedelta(minutes=4)
) -> int:
    """Run a cycle for each due customer, at most `budget` of them; returns how many.

    Does nothing while the autopilot is switched off. One customer's failure is logged, and
    the next one's cycle runs. After `deadline`, or when the process is asked to stop, the
    customers that are still waiting are released untouched.
    """
    if not SystemSettings.objects.filter(is_autopilot_on=True).exists():
        return 0
    started, done = clock(), 0
    while done < budget and not loops.is_stopping():
        now = clock()
        if now >= started + deadline:
            break
        leases = lease_customers(now=now, limit=min(BATCH, budget - done))
        if not leases:
            break
        if done == 0:
            subsystems.log_fallbacks()
        done += _run_batch(leases, clock=clock, until=started + deadline)
    return done


def _run_batch(leases: list[Lease], *, clock: Callable[[], datetime], until: datetime) -> int:
    now = clock()
    busy = leases
    if now < until and not loops.is_stopping():
        busy = record_idle(leases, now=now)
    done = len(leases) - len(busy)
    for lease in busy:
        now = clock()
        if now >= until or loops.is_stopping():
            release_unworked(lease, now=now)
            continue
        with log_fields(cycle=new_id(), customer=lease.customer.pk):
            try:
                _run_leased(plan_cycle(lease), clock=clock)
            except LeaseLost:
                logger.warning("lease lost")
            except Exception:  # one customer's failure never stops another's
                logger.exception("cycle failed")
                loops.drop_broken_connection()
        done += 1
    return done


def run_cycle(
    *,
    customer: Customer,
    now: datetime,
    agents: Iterable[CycleAgent] | None = None,
    by: str = AUTOPILOT,
    clock: Callable[[], datetime] | None = None,
) -> list[CycleRun]:
    """Run the agents (all five, or those named, in their order) for one customer now.

    Leases the customer as any worker does, and raises `CustomerBusy` when somebody else has
    it. While the autopilot is off, a person's run still finds and writes, and the send gate
    holds its emails. The plan decides as always.
    """
    lease = lease_customer(customer_id=customer.pk, now=now)
    with log_fields(cycle=new_id(), customer=customer.pk):
        return _run_leased(plan_cycle(lease, agents=agents, by=by), clock=clock or (lambda: now))


def _run_leased(cycle: Cycle, *, clock: Callable[[], datetime]) -> list[CycleRun]:
    """Run the cycle and release its customer. All rows of the cycle go in one INSERT."""
    runs = _abandoned_runs(cycle, now=clock())
    try:
        for run in run_stages(cycle, clock=clock):
            runs.append(run)  # what ran is recorded even when the next one raises
    finally:
        with transaction.atomic():
            CycleRun.objects.bulk_create(runs)
            release(cycle.lease)
    return runs


def _abandoned_runs(cycle: Cycle, *, now: datetime) -> list[CycleRun]:
    since = cycle.lease.abandoned_at
    if since is None:
        return []
    logger.warning("cycle was abandoned", extra={"customer": cycle.customer.pk})
    return [abandoned_run(cycle, since=since, now=now)]

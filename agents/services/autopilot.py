"""The autopilot: claims customers that are due and runs the five agents for each.

A claim is a lease on the customer's row, with a fence. It is taken by one guarded UPDATE,
so two passes of one customer never overlap, whoever starts them: a worker, the console or
a command. The claim also sets the time of the next pass; what happens meanwhile may only
move it forward (`poke`), and no release ever writes it, so that no poke is lost.

A whole cycle runs the five agents, once per AUTOPILOT_PERIOD_SECONDS. A poke in between
brings a follow-up pass of the agents that answer to news (Onboarding, Ops, Billing), so
that neither leads nor mails come faster than the limits per cycle allow.

A worker that dies leaves its lease to run out; whoever takes over records the pass as
ABANDONED. All work is in rows, so nothing is repeated and nothing is lost.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils.module_loading import import_string

from accounts.models import Customer
from agents.models import CycleRun, SystemSettings
from agents.states import CycleAgent, CycleOutcome
from billing.entitlements import can_run_agent_for, get_standing
from hossagent import subsystems
from hossagent.lib import loops

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

logger = logging.getLogger("agents.autopilot")

AUTOPILOT = "autopilot"
LEASE = timedelta(minutes=10)
# A worker renews a lease that has less than this left before it goes on.
RENEW_BELOW = LEASE / 2
BATCH = 50

# In the order of a pass. Named, not imported: the stages themselves call poke() above them.
STAGES = {
    CycleAgent.LEAD_SOURCE: "agents.services.source.run_lead_source",
    CycleAgent.BIZDEV: "agents.services.bizdev.run_bizdev",
    CycleAgent.ONBOARDING: "agents.services.onboarding.run_onboarding",
    CycleAgent.OPS: "agents.services.ops.run_ops",
    CycleAgent.BILLING: "agents.services.invoicing.run_billing",
}


# What a poke between two cycles runs.
FOLLOW_UP = (CycleAgent.ONBOARDING, CycleAgent.OPS, CycleAgent.BILLING)


class CustomerBusy(Exception):
    """Another worker holds this customer; `until` is when its lease ends at the latest."""

    def __init__(self, customer: Customer) -> None:
        self.until = customer.lease_until
        until = f" (until {self.until:%H:%M:%S} UTC at the latest)" if self.until else ""
        super().__init__(
            f"{customer.company} is being worked on right now{until}. Try again in a minute."
        )


class LeaseLost(Exception):
    """The lease ran out during the pass and somebody else has the customer now."""


@dataclass(slots=True)
class Claim:
    """A customer this worker holds until `customer.lease_until`, under `customer.fence`."""

    customer: Customer
    # When the worker before us took a lease that it never gave back.
    abandoned_at: datetime | None = None
    # A poke brought it here before the next whole cycle was due.
    is_follow_up: bool = False


def poke(*, customer_id: int, now: datetime) -> None:
    """Ask for a pass as soon as possible: there is new work for this customer.

    One UPDATE in the caller's transaction. During a pass it makes another one follow.
    """
    Customer.objects.filter(pk=customer_id).update(next_run_at=now)


def claim_customers(*, now: datetime, limit: int = BATCH) -> list[Claim]:
    """Take the lease of up to `limit` due customers, longest waiting first.

    Each comes with `subscription` and `profile` loaded. Four statements at most, whatever
    the number of customers; of any number of workers, exactly one gets each.
    """
    return _claim(Customer.objects.due(now=now).order_by("next_run_at", "pk")[:limit], now=now)


def claim_customer(*, customer_id: int, now: datetime) -> Claim:
    """Take the lease of one customer, due or not. Raises `CustomerBusy`, or
    `Customer.DoesNotExist`."""
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    claims = _claim(
        Customer.objects.filter(free, pk=customer_id), now=now, is_autopilot=False, wait=True
    )
    if claims:
        return claims[0]
    raise CustomerBusy(Customer.objects.get(pk=customer_id))


def _claim(
    customers: Any, *, now: datetime, is_autopilot: bool = True, wait: bool = False
) -> list[Claim]:
    until = now + LEASE
    with transaction.atomic():
        rows: list[Customer] = list(
            customers.select_related("subscription", "profile").select_for_update(
                of=("self",), skip_locked=not wait
            )
        )
        early = {row.pk for row in rows if is_autopilot and _is_between_cycles(row, now)}
        _take(early, until=until, next_run_at=F("last_cycle_at") + _period())
        whole = {row.pk for row in rows} - early
        times = {"last_cycle_at": now, "next_run_at": now + _period()} if is_autopilot else {}
        _take(whole, until=until, **times)
    claims = []
    for row in rows:
        abandoned_at = row.lease_until - LEASE if row.lease_until else None
        row.lease_until, row.fence = until, row.fence + 1
        claims.append(Claim(row, abandoned_at, row.pk in early))
    return claims


def _period() -> timedelta:
    return timedelta(seconds=settings.CONFIG.AUTOPILOT_PERIOD_SECONDS)


def _is_between_cycles(row: Customer, now: datetime) -> bool:
    return row.last_cycle_at is not None and now < row.last_cycle_at + _period()


def _take(customer_ids: set[int], *, until: datetime, **times: Any) -> None:
    if customer_ids:
        Customer.objects.filter(pk__in=customer_ids).update(
            lease_until=until, fence=F("fence") + 1, **times
        )


def drain(
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
        claims = claim_customers(now=now, limit=min(BATCH, budget - done))
        if not claims:
            break
        if done == 0:
            subsystems.log_fallbacks()
        done += _run_batch(claims, clock=clock, until=started + deadline)
    return done


def _run_batch(claims: list[Claim], *, clock: Callable[[], datetime], until: datetime) -> int:
    done = 0
    for claim in claims:
        now = clock()
        if now >= until or loops.is_stopping():
            _give_back(claim, now=now)
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


def run_pass(
    *,
    customer: Customer,
    now: datetime,
    agents: Iterable[CycleAgent] | None = None,
    by: str = AUTOPILOT,
    clock: Callable[[], datetime] | None = None,
) -> list[CycleRun]:
    """Run the agents (all five, or those named, in their order) for one customer now.

    Claims the customer like any worker does; raises `CustomerBusy` when somebody else has
    it. Works while the autopilot is off, because a person asked; the plan still decides.
    """
    claim = claim_customer(customer_id=customer.pk, now=now)
    return _run_claimed(claim, clock=clock or (lambda: now), agents=agents, by=by)


def _run_claimed(
    claim: Claim,
    *,
    clock: Callable[[], datetime],
    agents: Iterable[CycleAgent] | None = None,
    by: str = AUTOPILOT,
) -> list[CycleRun]:
    """One pass under a claim, and the release. All rows of the pass go in one INSERT."""
    wanted = FOLLOW_UP if agents is None and claim.is_follow_up else agents
    chosen = [agent for agent in STAGES if wanted is None or agent in set(wanted)]
    runs = _abandoned(claim, chosen, now=clock())
    try:
        for run in _run_stages(claim, chosen, clock=clock, by=by):
            runs.append(run)  # what ran is recorded even when the next one raises
    finally:
        with transaction.atomic():
            CycleRun.objects.bulk_create(runs)
            _held(claim).update(lease_until=None)
    return runs


def _run_stages(
    claim: Claim, chosen: Sequence[CycleAgent], *, clock: Callable[[], datetime], by: str
) -> Iterator[CycleRun]:
    customer, now = claim.customer, clock()
    reason = _why_not_to_work_for(customer, now=now)
    if reason:
        # One row says it for all: nothing was looked at.
        yield _record(claim, chosen[0], now, now, CycleOutcome.SKIPPED, by=by, error=reason)
        return
    for agent in chosen:
        _renew(claim, now=clock())
        yield _run_stage(claim, agent, clock=clock, by=by)


def _why_not_to_work_for(customer: Customer, *, now: datetime) -> str:
    if customer.closed_at is not None:
        return "The account is closed."
    if not can_run_agent_for(customer, now=now):
        return f"The plan does not allow it: {get_standing(customer, now=now)}."
    return ""


def _run_stage(
    claim: Claim, agent: CycleAgent, *, clock: Callable[[], datetime], by: str
) -> CycleRun:
    """One agent's turn. Whatever it raises becomes a FAILED row and the next one goes on."""
    started = clock()
    try:
        run = cast("Callable[..., dict[str, int]]", import_string(STAGES[agent]))
        counts = run(customer=claim.customer, now=started)
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
    claim: Claim,
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


def _abandoned(claim: Claim, chosen: Sequence[CycleAgent], *, now: datetime) -> list[CycleRun]:
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


def _held(claim: Claim) -> Any:
    """The customer's row while this claim holds it; empty once somebody else does."""
    return Customer.objects.filter(pk=claim.customer.pk, fence=claim.customer.fence)


def _renew(claim: Claim, *, now: datetime) -> None:
    """Hold on for another term when little is left. Raises `LeaseLost`."""
    customer = claim.customer
    assert customer.lease_until is not None
    if customer.lease_until - now > RENEW_BELOW:
        return
    if not _held(claim).update(lease_until=now + LEASE):
        raise LeaseLost
    customer.lease_until = now + LEASE


def _give_back(claim: Claim, *, now: datetime) -> None:
    """Release a customer whose turn did not come; it is due at once for the next worker."""
    _held(claim).update(
        lease_until=None, next_run_at=now, last_cycle_at=claim.customer.last_cycle_at
    )

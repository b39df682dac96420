"""What a customer may do right now: computed from its subscription row and the clock.

The one module every other app asks (SPEC section 8). Nothing here writes or queries:
callers hand over a customer whose `subscription` is already loaded.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from billing.plans import PRO
from billing.states import SubscriptionStatus

PAST_DUE_GRACE = timedelta(days=3)


class SubscriptionFacts(Protocol):
    """The columns of `billing.Subscription` that rights depend on."""

    trial_started_at: datetime | None
    trial_ends_at: datetime | None
    is_complimentary: bool
    leads_used: int
    tasks_used: int
    status: str
    current_period_end: datetime | None
    cancel_at: datetime | None
    past_due_since: datetime | None
    last_paid_at: datetime | None


class HasSubscription(Protocol):
    @property
    def subscription(self) -> SubscriptionFacts: ...


class Standing(StrEnum):
    """One word for the customer's standing, for plan cards, lists and reasons."""

    COMPLIMENTARY = "complimentary"
    ACTIVE = "active"
    CANCEL_SCHEDULED = "cancel_scheduled"
    PAST_DUE = "past_due"
    PAST_DUE_STOPPED = "past_due_stopped"
    TRIAL = "trial"
    TRIAL_EXPIRED = "trial_expired"
    UNPAID = "unpaid"
    PAUSED = "paused"
    INCOMPLETE = "incomplete"
    CANCELED = "canceled"
    UNKNOWN = "unknown"
    NONE = "none"


# Standings whose agents keep working (sending live is stricter, see may_send_live).
WORKING = frozenset(
    {
        Standing.COMPLIMENTARY,
        Standing.ACTIVE,
        Standing.CANCEL_SCHEDULED,
        Standing.PAST_DUE,
        Standing.PAST_DUE_STOPPED,
        Standing.TRIAL,
    }
)
PRO_STANDINGS = WORKING - {Standing.TRIAL}


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much of something is used; `limit` is None where the plan sets none."""

    used: int
    limit: int | None

    @property
    def left(self) -> int | None:
        return None if self.limit is None else max(self.limit - self.used, 0)

    @property
    def is_used_up(self) -> bool:
        return self.left == 0


def _trial_is_running(facts: SubscriptionFacts, now: datetime) -> bool:
    started, ends = facts.trial_started_at, get_trial_end(facts)
    if facts.status != SubscriptionStatus.TRIALING and started is None:
        return False
    return ends is not None and now < ends


def get_trial_end(facts: SubscriptionFacts) -> datetime | None:
    """When the trial ends: our own date, or Stripe's when it gave a later one."""
    ends = facts.trial_ends_at
    at_stripe = facts.current_period_end
    if facts.status != SubscriptionStatus.TRIALING or at_stripe is None:
        return ends
    return at_stripe if ends is None else max(ends, at_stripe)


def _standing_while_running(facts: SubscriptionFacts, now: datetime) -> Standing:
    if facts.status == SubscriptionStatus.TRIALING:
        return Standing.TRIAL if _trial_is_running(facts, now) else Standing.TRIAL_EXPIRED
    return Standing.ACTIVE if facts.cancel_at is None else Standing.CANCEL_SCHEDULED


def _standing_while_past_due(facts: SubscriptionFacts, now: datetime) -> Standing:
    """The grace runs from the start of the period that was not paid; when that moment
    is not known there is none."""
    since = facts.past_due_since
    if since is None or now >= since + PAST_DUE_GRACE:
        return Standing.PAST_DUE_STOPPED
    return Standing.PAST_DUE


_RUNNING = frozenset(
    {
        SubscriptionStatus.ACTIVE.value,
        SubscriptionStatus.TRIALING.value,
        SubscriptionStatus.PAST_DUE.value,
    }
)
_WITHOUT_RIGHTS = {
    SubscriptionStatus.UNPAID.value: Standing.UNPAID,
    SubscriptionStatus.PAUSED.value: Standing.PAUSED,
    SubscriptionStatus.INCOMPLETE.value: Standing.INCOMPLETE,
    SubscriptionStatus.CANCELED.value: Standing.CANCELED,
}


def _standing_from_stripe(facts: SubscriptionFacts, now: datetime) -> Standing:
    if facts.status not in _RUNNING:
        return _WITHOUT_RIGHTS.get(facts.status, Standing.UNKNOWN)
    if facts.cancel_at is not None and facts.cancel_at <= now:
        # A scheduled cancel takes effect at its time, whether or not the news has come.
        return Standing.CANCELED
    if facts.status == SubscriptionStatus.PAST_DUE:
        return _standing_while_past_due(facts, now)
    return _standing_while_running(facts, now)


def get_standing(customer: HasSubscription, *, now: datetime) -> Standing:
    """The customer's standing at `now`. An unknown status is UNKNOWN, never "canceled"."""
    facts = customer.subscription
    if facts.is_complimentary:
        return Standing.COMPLIMENTARY
    if facts.status != SubscriptionStatus.NONE:
        standing = _standing_from_stripe(facts, now)
        # A checkout begun and not finished must not take a running trial away.
        if standing is not Standing.INCOMPLETE or not _trial_is_running(facts, now):
            return standing
    if facts.trial_started_at is None:
        return Standing.NONE
    return Standing.TRIAL if _trial_is_running(facts, now) else Standing.TRIAL_EXPIRED


def is_trial_active(customer: HasSubscription, *, now: datetime) -> bool:
    """A free trial is running."""
    return get_standing(customer, now=now) is Standing.TRIAL


def get_trial_days_left(customer: HasSubscription, *, now: datetime) -> int:
    """Whole days, rounded up: a fresh trial shows 7, its last hour 1, an ended one 0."""
    ends = get_trial_end(customer.subscription)
    if ends is None or not is_trial_active(customer, now=now):
        return 0
    return math.ceil((ends - now) / timedelta(days=1))


def is_paid(customer: HasSubscription, *, now: datetime) -> bool:
    """The subscription is running and an invoice above zero was paid. Complimentary
    customers are not counted as paid."""
    return (
        get_standing(customer, now=now) in PRO_STANDINGS - {Standing.COMPLIMENTARY}
        and customer.subscription.last_paid_at is not None
    )


def has_pro_entitlement(customer: HasSubscription, *, now: datetime) -> bool:
    """The plan's full rights (no trial limits): subscribed or complimentary."""
    return get_standing(customer, now=now) in PRO_STANDINGS


def can_run_agent_for(customer: HasSubscription, *, now: datetime) -> bool:
    """The agents may work for this customer at all."""
    return get_standing(customer, now=now) in WORKING


def may_send_live(customer: HasSubscription, *, now: datetime) -> bool:
    """Real mail may leave: complimentary, or running with a paid invoice above zero and
    not past due for longer than the grace."""
    standing = get_standing(customer, now=now)
    if standing is Standing.COMPLIMENTARY:
        return True
    running = {Standing.ACTIVE, Standing.CANCEL_SCHEDULED, Standing.PAST_DUE}
    return standing in running and customer.subscription.last_paid_at is not None


def lead_allowance(customer: HasSubscription, *, now: datetime) -> Allowance:
    """Leads found so far against the trial's limit; no limit with pro rights."""
    pro = has_pro_entitlement(customer, now=now)
    return Allowance(customer.subscription.leads_used, None if pro else PRO.trial_leads)


def task_allowance(customer: HasSubscription, *, now: datetime) -> Allowance:
    """Tasks done so far against the trial's limit; no limit with pro rights."""
    pro = has_pro_entitlement(customer, now=now)
    return Allowance(customer.subscription.tasks_used, None if pro else PRO.trial_tasks)

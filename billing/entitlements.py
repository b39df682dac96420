"""What a customer may do right now: computed from its subscription row and the clock.

Every other app asks this module (SPEC section 8). Nothing here writes or queries: callers
pass a customer whose `subscription` is already loaded.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from billing.plans import PRO
from billing.states import SubscriptionStatus
from hossagent.lib.tones import Toned, Tones

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


class PlanStatus(Toned, StrEnum):
    """How the customer's plan stands, in one word: for plan cards, lists and reasons."""

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

    @classmethod
    def tones(cls) -> Tones:
        return Tones(
            good={cls.COMPLIMENTARY, cls.ACTIVE},
            bad={
                cls.PAST_DUE,
                cls.PAST_DUE_STOPPED,
                cls.UNPAID,
                cls.INCOMPLETE,
                cls.UNKNOWN,
            },
            quiet={cls.TRIAL_EXPIRED, cls.CANCELED},
            neutral={cls.CANCEL_SCHEDULED, cls.TRIAL, cls.PAUSED, cls.NONE},
        )


# The agents keep working in these. Sending live is stricter: see `may_send_live`.
WORKING = frozenset(
    {
        PlanStatus.COMPLIMENTARY,
        PlanStatus.ACTIVE,
        PlanStatus.CANCEL_SCHEDULED,
        PlanStatus.PAST_DUE,
        PlanStatus.PAST_DUE_STOPPED,
        PlanStatus.TRIAL,
    }
)
PRO_STATUSES = WORKING - {PlanStatus.TRIAL}


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much of something is used. `limit` is None where the plan sets no limit."""

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
    """When the trial ends: on our own date, or on Stripe's if that is later."""
    ends = facts.trial_ends_at
    at_stripe = facts.current_period_end
    if facts.status != SubscriptionStatus.TRIALING or at_stripe is None:
        return ends
    return at_stripe if ends is None else max(ends, at_stripe)


def _status_while_running(facts: SubscriptionFacts, now: datetime) -> PlanStatus:
    if facts.status == SubscriptionStatus.TRIALING:
        return PlanStatus.TRIAL if _trial_is_running(facts, now) else PlanStatus.TRIAL_EXPIRED
    return PlanStatus.ACTIVE if facts.cancel_at is None else PlanStatus.CANCEL_SCHEDULED


def _status_while_past_due(facts: SubscriptionFacts, now: datetime) -> PlanStatus:
    """The grace period starts at `past_due_since`. When that is unknown, there is none."""
    since = facts.past_due_since
    if since is None or now >= since + PAST_DUE_GRACE:
        return PlanStatus.PAST_DUE_STOPPED
    return PlanStatus.PAST_DUE


_RUNNING = frozenset(
    {
        SubscriptionStatus.ACTIVE.value,
        SubscriptionStatus.TRIALING.value,
        SubscriptionStatus.PAST_DUE.value,
    }
)
_WITHOUT_RIGHTS = {
    SubscriptionStatus.UNPAID.value: PlanStatus.UNPAID,
    SubscriptionStatus.PAUSED.value: PlanStatus.PAUSED,
    SubscriptionStatus.INCOMPLETE.value: PlanStatus.INCOMPLETE,
    SubscriptionStatus.CANCELED.value: PlanStatus.CANCELED,
}


def _status_from_stripe(facts: SubscriptionFacts, now: datetime) -> PlanStatus:
    if facts.status not in _RUNNING:
        return _WITHOUT_RIGHTS.get(facts.status, PlanStatus.UNKNOWN)
    if facts.cancel_at is not None and facts.cancel_at <= now:
        # A scheduled cancellation takes effect on time, whether or not Stripe's event came.
        return PlanStatus.CANCELED
    if facts.status == SubscriptionStatus.PAST_DUE:
        return _status_while_past_due(facts, now)
    return _status_while_running(facts, now)


def get_plan_status(customer: HasSubscription, *, now: datetime) -> PlanStatus:
    """The plan's status at `now`. A status we do not know is UNKNOWN, never "canceled"."""
    facts = customer.subscription
    if facts.is_complimentary:
        return PlanStatus.COMPLIMENTARY
    if facts.status != SubscriptionStatus.NONE:
        plan_status = _status_from_stripe(facts, now)
        # An unfinished checkout must not end a running trial.
        if plan_status is not PlanStatus.INCOMPLETE or not _trial_is_running(facts, now):
            return plan_status
    if facts.trial_started_at is None:
        return PlanStatus.NONE
    return PlanStatus.TRIAL if _trial_is_running(facts, now) else PlanStatus.TRIAL_EXPIRED


def is_trial_active(customer: HasSubscription, *, now: datetime) -> bool:
    """A free trial is running."""
    return get_plan_status(customer, now=now) is PlanStatus.TRIAL


def get_trial_days_left(customer: HasSubscription, *, now: datetime) -> int:
    """Whole days, rounded up: a fresh trial shows 7, its last hour 1, an ended one 0."""
    ends = get_trial_end(customer.subscription)
    if ends is None or not is_trial_active(customer, now=now):
        return 0
    return math.ceil((ends - now) / timedelta(days=1))


def is_paid(customer: HasSubscription, *, now: datetime) -> bool:
    """The subscription is running, and an invoice above zero was paid. Complimentary
    customers do not count as paid."""
    return (
        get_plan_status(customer, now=now) in PRO_STATUSES - {PlanStatus.COMPLIMENTARY}
        and customer.subscription.last_paid_at is not None
    )


def has_pro_entitlement(customer: HasSubscription, *, now: datetime) -> bool:
    """The plan's full rights (no trial limits): subscribed or complimentary."""
    return get_plan_status(customer, now=now) in PRO_STATUSES


def can_run_agent_for(customer: HasSubscription, *, now: datetime) -> bool:
    """The agents may work for this customer at all."""
    return get_plan_status(customer, now=now) in WORKING


def may_send_live(customer: HasSubscription, *, now: datetime) -> bool:
    """Real mail may leave: the customer is complimentary, or the subscription is running,
    has a paid invoice above zero, and is not past due beyond the grace period."""
    plan_status = get_plan_status(customer, now=now)
    if plan_status is PlanStatus.COMPLIMENTARY:
        return True
    running = {PlanStatus.ACTIVE, PlanStatus.CANCEL_SCHEDULED, PlanStatus.PAST_DUE}
    return plan_status in running and customer.subscription.last_paid_at is not None


def lead_allowance(customer: HasSubscription, *, now: datetime) -> Allowance:
    """Leads found so far against the trial's limit; no limit with pro rights."""
    pro = has_pro_entitlement(customer, now=now)
    return Allowance(customer.subscription.leads_used, None if pro else PRO.trial_leads)


def task_allowance(customer: HasSubscription, *, now: datetime) -> Allowance:
    """Tasks done so far against the trial's limit; no limit with pro rights."""
    pro = has_pro_entitlement(customer, now=now)
    return Allowance(customer.subscription.tasks_used, None if pro else PRO.trial_tasks)

"""The Customer Plans table: every customer's plan, plan status and usage, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Q

from accounts.models import Customer
from billing import entitlements
from billing.entitlements import PlanStatus
from billing.models import Subscription
from billing.plans import PRO
from billing.states import SubscriptionStatus
from hossagent.lib.text import is_reserved_address
from hossagent.lib.tones import Tone

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

NEEDS_ATTENTION = frozenset(
    {
        PlanStatus.PAST_DUE,
        PlanStatus.PAST_DUE_STOPPED,
        PlanStatus.UNPAID,
        PlanStatus.UNKNOWN,
        PlanStatus.INCOMPLETE,
    }
)


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One customer's line. `tasks` and `leads` read `3 / 15`, or `3 / ∞` with pro rights."""

    customer: Customer
    plan: str
    plan_status: PlanStatus
    days_left: int | None
    tasks: str
    leads: str

    @property
    def is_simulated(self) -> bool:
        """Made by the demo or the sandbox world: no mail can reach its address."""
        return is_reserved_address(self.customer.email)

    @property
    def needs_attention(self) -> bool:
        if self.plan_status in NEEDS_ATTENTION or self.customer.subscription.live_count > 1:
            return True
        return not self.customer.is_house and self.customer.profile.outreach_paused_at is not None

    @property
    def tone(self) -> Tone:
        """BAD where a person should look, whatever the plan status alone says."""
        return Tone.BAD if self.needs_attention else self.plan_status.tone


def get_plan_row(*, customer: Customer, now: datetime) -> PlanRow:
    """The line of a customer whose `subscription` and `profile` are loaded; no query."""
    plan_status = entitlements.get_plan_status(customer, now=now)
    on_trial = plan_status in {PlanStatus.TRIAL, PlanStatus.TRIAL_EXPIRED}
    return PlanRow(
        customer=customer,
        plan=_plan_name(plan_status),
        plan_status=plan_status,
        days_left=entitlements.get_trial_days_left(customer, now=now) if on_trial else None,
        tasks=_used(entitlements.task_allowance(customer, now=now)),
        leads=_used(entitlements.lead_allowance(customer, now=now)),
    )


def _plan_name(plan_status: PlanStatus) -> str:
    if plan_status is PlanStatus.COMPLIMENTARY:
        return "Complimentary"
    if plan_status in {PlanStatus.TRIAL, PlanStatus.TRIAL_EXPIRED}:
        return "Trial"
    return "None" if plan_status is PlanStatus.NONE else PRO.name


def _used(allowance: entitlements.Allowance) -> str:
    return f"{allowance.used} / {'∞' if allowance.limit is None else allowance.limit}"


def with_plan(rows: QuerySet[Customer], plan: str, *, now: datetime) -> QuerySet[Customer]:
    """Customers whose plan is `trial`, `trial_expired`, `pro`, `complimentary` or `none`."""
    own = Q(subscription__is_complimentary=False)
    unsubscribed = own & Q(subscription__status=SubscriptionStatus.NONE)
    conditions = {
        "complimentary": Q(subscription__is_complimentary=True),
        "trial": own & _on_trial() & Q(subscription__trial_ends_at__gt=now),
        "trial_expired": own & _on_trial() & Q(subscription__trial_ends_at__lte=now),
        "pro": own & ~Q(subscription__status=SubscriptionStatus.NONE) & ~_on_trial(),
        "none": unsubscribed & Q(subscription__trial_started_at=None),
    }
    return rows.filter(conditions[plan])


def _on_trial() -> Q:
    return Q(
        subscription__status__in=[SubscriptionStatus.NONE, SubscriptionStatus.TRIALING],
        subscription__trial_started_at__isnull=False,
    )


def needing_attention(rows: QuerySet[Customer], *, now: datetime) -> QuerySet[Customer]:
    """Customers with a payment problem, an unknown state, two subscriptions, or paused
    outreach."""
    troubled = Q(
        subscription__is_complimentary=False,
        subscription__status__in=[
            SubscriptionStatus.PAST_DUE,
            SubscriptionStatus.UNPAID,
            SubscriptionStatus.UNKNOWN,
            SubscriptionStatus.INCOMPLETE,
        ],
    )
    troubled |= Q(subscription__live_count__gt=1)
    return rows.filter(troubled | Q(is_house=False, profile__outreach_paused_at__isnull=False))


def count_plans(*, now: datetime) -> dict[str, int]:
    """How many customers are on each plan; one query."""
    rows = Subscription.objects.filter(customer__closed_at=None)
    own = Q(is_complimentary=False)
    on_trial = own & Q(
        status__in=[SubscriptionStatus.NONE, SubscriptionStatus.TRIALING],
        trial_started_at__isnull=False,
    )
    return rows.aggregate(
        total=Count("pk"),
        trial=Count("pk", filter=on_trial & Q(trial_ends_at__gt=now)),
        trial_expired=Count("pk", filter=on_trial & Q(trial_ends_at__lte=now)),
        active=Count("pk", filter=own & Q(status=SubscriptionStatus.ACTIVE)),
        past_due=Count("pk", filter=own & Q(status=SubscriptionStatus.PAST_DUE)),
        complimentary=Count("pk", filter=Q(is_complimentary=True)),
    )

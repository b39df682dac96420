"""The plan card of SPEC section 10: title, price, words and usage for every plan status."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from billing import entitlements
from billing.entitlements import Allowance, PlanStatus
from billing.plans import PRO
from billing.selectors.plan_words import Button, Tone, get_plan_words
from hossagent import subsystems
from hossagent.lib.calendars import format_local_day
from hossagent.lib.money import format_cents

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer

ON_TRIAL = frozenset({PlanStatus.TRIAL, PlanStatus.TRIAL_EXPIRED})
PAYS_TWICE = (
    "Your account has two subscriptions, and you are charged for both. Choose Manage Billing to "
    "cancel one of them, or contact support about the double charge."
)
OWNERS_ONLY = "Only an owner of the account can change the plan."


@dataclass(frozen=True, slots=True)
class Usage:
    """A meter: `used` of `limit`, where None means no limit. A plan that `is_over` has no
    limit either, but nothing more is used."""

    label: str
    used: int
    limit: int | None
    is_over: bool = False

    @property
    def limit_text(self) -> str:
        if self.is_over:
            return ""
        return "∞" if self.limit is None else str(self.limit)

    @property
    def percent(self) -> int:
        """How full the meter is; 0 when there is no limit."""
        return min(100, self.used * 100 // self.limit) if self.limit else 0


@dataclass(frozen=True, slots=True)
class PlanCard:
    """Everything the card shows. `headline` is one sentence; `details` follow it."""

    plan_status: PlanStatus
    title: str
    price: str
    headline: str
    details: tuple[str, ...]
    tone: Tone
    buttons: tuple[Button, ...]
    usage: tuple[Usage, ...]
    days_left: int
    ends_on: str


def get_plan_card(*, customer: Customer, now: datetime, is_owner: bool = True) -> PlanCard:
    """The card of a customer whose `subscription` is loaded. Asks the database nothing.

    Somebody who is not an owner reads that, and gets no buttons.
    """
    plan_status = entitlements.get_plan_status(customer, now=now)
    words = get_plan_words(customer=customer, plan_status=plan_status, now=now)
    pays_twice = customer.subscription.live_count > 1
    leads = entitlements.lead_allowance(customer, now=now)
    tasks = entitlements.task_allowance(customer, now=now)
    return PlanCard(
        plan_status=plan_status,
        title=f"Trial \N{EN DASH} {PRO.name}" if plan_status in ON_TRIAL else PRO.name,
        price=_price(plan_status),
        headline=words.headline,
        details=(
            *((PAYS_TWICE,) if pays_twice else ()),
            *words.details,
            *((OWNERS_ONLY,) if words.buttons and not is_owner else ()),
        ),
        tone="bad" if pays_twice else words.tone,
        buttons=_buttons_for_sale(words.buttons) if is_owner else (),
        usage=(_usage("Tasks", tasks, plan_status), _usage("Leads", leads, plan_status)),
        days_left=entitlements.get_trial_days_left(customer, now=now),
        ends_on=_end_date(customer, plan_status),
    )


def _price(plan_status: PlanStatus) -> str:
    if plan_status is PlanStatus.COMPLIMENTARY:
        return "No charge"
    return f"{format_cents(PRO.price_cents).removesuffix('.00')}/month"


def _usage(label: str, allowance: Allowance, plan_status: PlanStatus) -> Usage:
    """Only a trial shows the trial's limits. A customer who paid before never had them."""
    if plan_status in entitlements.WORKING | ON_TRIAL:
        return Usage(label, allowance.used, allowance.limit)
    return Usage(label, allowance.used, None, is_over=True)


def _buttons_for_sale(buttons: tuple[Button, ...]) -> tuple[Button, ...]:
    """With payments off nothing can be bought, so the only button leads to support."""
    if not buttons or subsystems.stripe().is_live:
        return buttons
    return (Button("Contact support", f"mailto:{settings.CONFIG.SUPPORT_EMAIL}", is_link=True),)


def _end_date(customer: Customer, plan_status: PlanStatus) -> str:
    facts = customer.subscription
    if plan_status in ON_TRIAL:
        return format_local_day(entitlements.get_trial_end(facts), customer.timezone)
    return format_local_day(facts.cancel_at or facts.current_period_end, customer.timezone)

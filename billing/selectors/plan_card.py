"""The plan card of SPEC section 10: title, sentences and buttons for every plan status."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from django.conf import settings

from billing import entitlements
from billing.entitlements import PAST_DUE_GRACE, Allowance, PlanStatus
from billing.plans import PRO
from billing.states import SubscriptionStatus
from hossagent import subsystems
from hossagent.lib.money import format_cents

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer

CHECKOUT_PATH = "/api/create-checkout-session"
PORTAL_PATH = "/api/create-billing-portal-session"

Tone = Literal["good", "notice", "bad", "neutral"]


@dataclass(frozen=True, slots=True)
class Button:
    """A POST form with one button, its hidden `fields` included; or a plain link."""

    label: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    is_primary: bool = False
    is_link: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """`used` of `limit` (None: no limit), as on a meter. A plan that `is_over` sets no
    limit either, but nothing is added to what was used."""

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
        """How full the meter is; 0 where there is no limit."""
        return min(100, self.used * 100 // self.limit) if self.limit else 0


@dataclass(frozen=True, slots=True)
class PlanCard:
    """Everything the card shows. `headline` is one sentence, `details` the next ones."""

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


@dataclass(frozen=True, slots=True)
class _Words:
    headline: str
    details: tuple[str, ...]
    tone: Tone
    buttons: tuple[Button, ...] = ()


UPGRADE = Button("Upgrade to Pro", CHECKOUT_PATH, {"purpose": "upgrade"}, is_primary=True)
START = Button(f"Start {PRO.name}", CHECKOUT_PATH, {"purpose": "upgrade"}, is_primary=True)
MANAGE = Button("Manage Billing", PORTAL_PATH)
FIX_CARD = Button("Manage Billing", PORTAL_PATH, is_primary=True)

TWICE = (
    "Two subscriptions run on your account and both are charged. Choose Manage Billing to end "
    "one of them, or contact support about what was charged twice."
)
KEPT = "Your leads, conversations and documents are kept."
OWNERS_ONLY = "Only an owner of the account can change the plan."

ON_TRIAL = frozenset({PlanStatus.TRIAL, PlanStatus.TRIAL_EXPIRED})
CONFIRMING = "Your first payment is being confirmed; real outreach starts once it is through."
FIRST_PAYMENT_FAILED = _Words(
    "Your first payment did not go through.",
    (
        (
            "Your HossAgent works without sending. "
            "Update your card and real outreach starts as soon as the payment is through."
        ),
    ),
    "bad",
    (FIX_CARD,),
)
SENDING_STOPPED = _Words(
    "Your last payment did not go through, and real outreach has stopped.",
    (
        (
            "Your HossAgent keeps working without sending. "
            "Update your card and sending starts again as soon as the payment is through."
        ),
    ),
    "bad",
    (FIX_CARD,),
)


def get_plan_card(*, customer: Customer, now: datetime, is_owner: bool = True) -> PlanCard:
    """The card of a customer whose `subscription` is loaded; asks the database nothing.

    Who is no owner is told so instead of being offered buttons that refuse.
    """
    plan_status = entitlements.get_plan_status(customer, now=now)
    words = _words(customer, plan_status, now)
    pays_twice = customer.subscription.live_count > 1
    leads = entitlements.lead_allowance(customer, now=now)
    tasks = entitlements.task_allowance(customer, now=now)
    return PlanCard(
        plan_status=plan_status,
        title=f"Trial \N{EN DASH} {PRO.name}" if plan_status in ON_TRIAL else PRO.name,
        price=_price(plan_status),
        headline=words.headline,
        details=(
            *((TWICE,) if pays_twice else ()),
            *words.details,
            *((OWNERS_ONLY,) if words.buttons and not is_owner else ()),
        ),
        tone="bad" if pays_twice else words.tone,
        buttons=_offered(words.buttons) if is_owner else (),
        usage=(_usage("Tasks", tasks, plan_status), _usage("Leads", leads, plan_status)),
        days_left=entitlements.get_trial_days_left(customer, now=now),
        ends_on=_end_date(customer, plan_status),
    )


def _price(plan_status: PlanStatus) -> str:
    if plan_status is PlanStatus.COMPLIMENTARY:
        return "No charge"
    return f"{format_cents(PRO.price_cents).removesuffix('.00')}/month"


def _usage(label: str, allowance: Allowance, plan_status: PlanStatus) -> Usage:
    """The trial's limits are those of a trial: whoever paid before never had them."""
    if plan_status in entitlements.WORKING | ON_TRIAL:
        return Usage(label, allowance.used, allowance.limit)
    return Usage(label, allowance.used, None, is_over=True)


def _offered(buttons: tuple[Button, ...]) -> tuple[Button, ...]:
    """With payments off nothing can be bought, so the way forward is a person."""
    if not buttons or subsystems.stripe().is_live:
        return buttons
    return (Button("Contact support", f"mailto:{settings.CONFIG.SUPPORT_EMAIL}", is_link=True),)


def _date(moment: datetime | None, customer: Customer) -> str:
    """`April 3, 2026` where the customer lives; empty for no date."""
    if moment is None:
        return ""
    local = moment.astimezone(ZoneInfo(customer.timezone))
    return f"{local:%B} {local.day}, {local.year}"


def _end_date(customer: Customer, plan_status: PlanStatus) -> str:
    facts = customer.subscription
    if plan_status in ON_TRIAL:
        return _date(entitlements.get_trial_end(facts), customer)
    return _date(facts.cancel_at or facts.current_period_end, customer)


def _words(customer: Customer, plan_status: PlanStatus, now: datetime) -> _Words:
    match plan_status:
        case PlanStatus.TRIAL:
            return _trial(customer, now)
        case PlanStatus.TRIAL_EXPIRED:
            return _trial_over(customer)
        case PlanStatus.ACTIVE:
            return _active(customer, now)
        case PlanStatus.CANCEL_SCHEDULED:
            return _cancel_scheduled(customer, now)
        case PlanStatus.PAST_DUE | PlanStatus.PAST_DUE_STOPPED:
            return _past_due(customer, plan_status, now)
        case _:
            return _FIXED[plan_status]


def _trial(customer: Customer, now: datetime) -> _Words:
    facts = customer.subscription
    days = entitlements.get_trial_days_left(customer, now=now)
    left = "1 day remaining" if days == 1 else f"{days} days remaining"
    headline = f"You are in a {PRO.trial_length.days}-day free trial. {left}."
    limits = (
        f"{_trial_limits(customer, now)} "
        "Emails are written and shown to you, and none is really sent."
    )
    if facts.cancel_at is not None:
        stop = f"Your trial ends on {_date(facts.cancel_at, customer)} and will not renew."
        return _Words(headline, (stop, limits), "notice", (UPGRADE, MANAGE))
    price = format_cents(PRO.price_cents)
    if facts.status == SubscriptionStatus.TRIALING:
        ends = _date(entitlements.get_trial_end(facts), customer)
        charge = (
            f"Your card is charged {price} on {ends} unless you cancel before. "
            "Upgrade to pay now and start real outreach today."
        )
        return _Words(headline, (limits, charge), "notice", (UPGRADE, MANAGE))
    offer = f"Upgrade for {price} a month to lift the limits and start real outreach."
    return _Words(headline, (limits, offer), "notice", (UPGRADE,))


def _trial_limits(customer: Customer, now: datetime) -> str:
    tasks, leads = f"{PRO.trial_tasks} tasks", f"{PRO.trial_leads} leads"
    until = f"until {PRO.name} starts"
    match (
        entitlements.task_allowance(customer, now=now).is_used_up,
        entitlements.lead_allowance(customer, now=now).is_used_up,
    ):
        case True, True:
            return f"The trial's {tasks} and {leads} are used up: no more are added {until}."
        case True, False:
            return f"The trial's {tasks} are used up: no more are done {until}."
        case False, True:
            return f"The trial's {leads} are used up: no more are added {until}."
        case _:
            return f"The trial covers {tasks} and {leads}."


def _trial_over(customer: Customer) -> _Words:
    if customer.subscription.status == SubscriptionStatus.TRIALING:
        return _Words(
            "Your free trial has ended.",
            (
                (
                    "We are waiting for Stripe to confirm your first payment; "
                    "this usually takes about an hour."
                ),
            ),
            "notice",
            (MANAGE,),
        )
    return _Words(
        "Your free trial has ended.",
        (f"{KEPT} Upgrade to put your HossAgent back to work.",),
        "bad",
        (UPGRADE,),
    )


def _active(customer: Customer, now: datetime) -> _Words:
    renews = _date(customer.subscription.current_period_end, customer)
    details: tuple[str, ...] = (f"Next billing date: {renews}.",) if renews else ()
    details += () if entitlements.is_paid(customer, now=now) else (CONFIRMING,)
    return _Words("Active subscription", details, "good", (MANAGE,))


def _cancel_scheduled(customer: Customer, now: datetime) -> _Words:
    ends = _date(customer.subscription.cancel_at, customer)
    keep = "Changed your mind? Choose Manage Billing to keep your subscription."
    details: tuple[str, ...] = ("You keep full access until then and are not charged again.", keep)
    if not entitlements.is_paid(customer, now=now):
        details = (CONFIRMING, keep)
    return _Words(f"Your subscription ends on {ends}.", details, "notice", (MANAGE,))


def _past_due(customer: Customer, plan_status: PlanStatus, now: datetime) -> _Words:
    if not entitlements.is_paid(customer, now=now):
        return FIRST_PAYMENT_FAILED
    if plan_status is PlanStatus.PAST_DUE_STOPPED:
        return SENDING_STOPPED
    since = customer.subscription.past_due_since
    until = _date(since + PAST_DUE_GRACE if since else None, customer)
    return _Words(
        "Your last payment did not go through.",
        (f"Update your card before {until} so that real outreach does not stop.",),
        "bad",
        (FIX_CARD,),
    )


_FIXED: dict[PlanStatus, _Words] = {
    PlanStatus.COMPLIMENTARY: _Words(
        "Complimentary access", ("Full rights, at no charge.",), "good"
    ),
    PlanStatus.UNPAID: _Words(
        "Your subscription is unpaid, and your HossAgent has stopped.",
        (f"{KEPT} Update your card and pay the open invoice to start again.",),
        "bad",
        (FIX_CARD,),
    ),
    PlanStatus.PAUSED: _Words(
        "Your subscription is paused.",
        (f"{KEPT} Add a payment method to continue.",),
        "bad",
        (FIX_CARD,),
    ),
    PlanStatus.INCOMPLETE: _Words(
        "Your first payment is not complete.",
        ("Your bank may have asked for a confirmation. Choose Manage Billing to finish it.",),
        "bad",
        (FIX_CARD,),
    ),
    PlanStatus.CANCELED: _Words(
        "Your subscription is canceled.",
        (f"{KEPT} Start again whenever you like.",),
        "bad",
        (START,),
    ),
    PlanStatus.UNKNOWN: _Words(
        "We could not confirm the state of your subscription.",
        (
            (
                "Your HossAgent is waiting until we can. Our team has been told; "
                "contact support if this stays for more than a day."
            ),
        ),
        "bad",
        (MANAGE,),
    ),
    PlanStatus.NONE: _Words(
        "You have no plan yet.",
        (f"Start {PRO.name} to put your HossAgent to work.",),
        "neutral",
        (START,),
    ),
}

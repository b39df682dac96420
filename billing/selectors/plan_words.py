"""The plan card's words: headline, details and buttons for every plan status."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from billing import entitlements
from billing.entitlements import PAST_DUE_GRACE, PlanStatus
from billing.plans import PRO
from billing.states import SubscriptionStatus
from hossagent.lib.calendars import format_local_day
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
class PlanWords:
    """`headline` is one sentence; `details` are the sentences after it."""

    headline: str
    details: tuple[str, ...]
    tone: Tone
    buttons: tuple[Button, ...] = ()


UPGRADE = Button("Upgrade to Pro", CHECKOUT_PATH, {"purpose": "upgrade"}, is_primary=True)
START = Button(f"Start {PRO.name}", CHECKOUT_PATH, {"purpose": "upgrade"}, is_primary=True)
MANAGE = Button("Manage Billing", PORTAL_PATH)
FIX_CARD = Button("Manage Billing", PORTAL_PATH, is_primary=True)

TWICE = (
    "Your account has two subscriptions, and you are charged for both. Choose Manage Billing to "
    "cancel one of them, or contact support about the double charge."
)
KEPT = "We keep your leads, conversations and documents."
CONFIRMING = "Your first payment is being confirmed. Real outreach starts once it goes through."
FIRST_PAYMENT_FAILED = PlanWords(
    "Your first payment did not go through.",
    (
        (
            "Your HossAgent works, but it does not send. "
            "Update your card, and real outreach starts as soon as the payment goes through."
        ),
    ),
    "bad",
    (FIX_CARD,),
)
SENDING_STOPPED = PlanWords(
    "Your last payment did not go through, and real outreach has stopped.",
    (
        (
            "Your HossAgent keeps working, but it does not send. "
            "Update your card, and sending starts again as soon as the payment goes through."
        ),
    ),
    "bad",
    (FIX_CARD,),
)


def get_plan_words(*, customer: Customer, plan_status: PlanStatus, now: datetime) -> PlanWords:
    """What the card says about `plan_status`. Asks the database nothing."""
    match plan_status:
        case PlanStatus.TRIAL:
            return _trial_words(customer, now)
        case PlanStatus.TRIAL_EXPIRED:
            return _trial_expired_words(customer)
        case PlanStatus.ACTIVE:
            return _active_words(customer, now)
        case PlanStatus.CANCEL_SCHEDULED:
            return _cancel_scheduled_words(customer, now)
        case PlanStatus.PAST_DUE | PlanStatus.PAST_DUE_STOPPED:
            return _past_due_words(customer, plan_status, now)
        case _:
            return _FIXED_WORDS[plan_status]


def _trial_words(customer: Customer, now: datetime) -> PlanWords:
    facts = customer.subscription
    days = entitlements.get_trial_days_left(customer, now=now)
    left = "1 day remaining" if days == 1 else f"{days} days remaining"
    headline = f"You are in a {PRO.trial_length.days}-day free trial. {left}."
    limits = (
        f"{_trial_limits_sentence(customer, now)} "
        "Emails are written and shown to you, but none of them is sent."
    )
    if facts.cancel_at is not None:
        stops = format_local_day(facts.cancel_at, customer.timezone)
        stop = f"Your trial ends on {stops} and will not renew."
        return PlanWords(headline, (stop, limits), "notice", (UPGRADE, MANAGE))
    price = format_cents(PRO.price_cents)
    if facts.status == SubscriptionStatus.TRIALING:
        ends = format_local_day(entitlements.get_trial_end(facts), customer.timezone)
        charge = (
            f"Your card will be charged {price} on {ends} unless you cancel before then. "
            "Upgrade to pay now and start real outreach today."
        )
        return PlanWords(headline, (limits, charge), "notice", (UPGRADE, MANAGE))
    offer = f"Upgrade for {price} a month to lift the limits and start real outreach."
    return PlanWords(headline, (limits, offer), "notice", (UPGRADE,))


def _trial_limits_sentence(customer: Customer, now: datetime) -> str:
    tasks, leads = f"{PRO.trial_tasks} tasks", f"{PRO.trial_leads} leads"
    until = f"until {PRO.name} starts"
    match (
        entitlements.task_allowance(customer, now=now).is_used_up,
        entitlements.lead_allowance(customer, now=now).is_used_up,
    ):
        case True, True:
            return f"You have used the trial's {tasks} and {leads}. No more are added {until}."
        case True, False:
            return f"You have used the trial's {tasks}. No more are done {until}."
        case False, True:
            return f"You have used the trial's {leads}. No more are added {until}."
        case _:
            return f"The trial covers {tasks} and {leads}."


def _trial_expired_words(customer: Customer) -> PlanWords:
    if customer.subscription.status == SubscriptionStatus.TRIALING:
        return PlanWords(
            "Your free trial has ended.",
            (
                (
                    "We are waiting for Stripe to confirm your first payment. "
                    "This usually takes about an hour."
                ),
            ),
            "notice",
            (MANAGE,),
        )
    return PlanWords(
        "Your free trial has ended.",
        (f"{KEPT} Upgrade to put your HossAgent back to work.",),
        "bad",
        (UPGRADE,),
    )


def _active_words(customer: Customer, now: datetime) -> PlanWords:
    renews = format_local_day(customer.subscription.current_period_end, customer.timezone)
    details: tuple[str, ...] = (f"Next billing date: {renews}.",) if renews else ()
    details += () if entitlements.is_paid(customer, now=now) else (CONFIRMING,)
    return PlanWords("Active subscription", details, "good", (MANAGE,))


def _cancel_scheduled_words(customer: Customer, now: datetime) -> PlanWords:
    ends = format_local_day(customer.subscription.cancel_at, customer.timezone)
    keep = "Changed your mind? Choose Manage Billing to keep your subscription."
    details: tuple[str, ...] = (
        "You keep full access until then and will not be charged again.",
        keep,
    )
    if not entitlements.is_paid(customer, now=now):
        details = (CONFIRMING, keep)
    return PlanWords(f"Your subscription ends on {ends}.", details, "notice", (MANAGE,))


def _past_due_words(customer: Customer, plan_status: PlanStatus, now: datetime) -> PlanWords:
    if not entitlements.is_paid(customer, now=now):
        return FIRST_PAYMENT_FAILED
    if plan_status is PlanStatus.PAST_DUE_STOPPED:
        return SENDING_STOPPED
    since = customer.subscription.past_due_since
    until = format_local_day(since + PAST_DUE_GRACE if since else None, customer.timezone)
    return PlanWords(
        "Your last payment did not go through.",
        (f"Update your card before {until} to keep real outreach running.",),
        "bad",
        (FIX_CARD,),
    )


_FIXED_WORDS: dict[PlanStatus, PlanWords] = {
    PlanStatus.COMPLIMENTARY: PlanWords(
        "Complimentary access", ("Full access at no charge.",), "good"
    ),
    PlanStatus.UNPAID: PlanWords(
        "Your subscription is unpaid, and your HossAgent has stopped.",
        (f"{KEPT} Update your card and pay the open invoice to start again.",),
        "bad",
        (FIX_CARD,),
    ),
    PlanStatus.PAUSED: PlanWords(
        "Your subscription is paused.",
        (f"{KEPT} Add a payment method to continue.",),
        "bad",
        (FIX_CARD,),
    ),
    PlanStatus.INCOMPLETE: PlanWords(
        "Your first payment is not complete.",
        ("Your bank may have asked you to confirm it. Choose Manage Billing to finish.",),
        "bad",
        (FIX_CARD,),
    ),
    PlanStatus.CANCELED: PlanWords(
        "Your subscription is canceled.",
        (f"{KEPT} Start again whenever you like.",),
        "bad",
        (START,),
    ),
    PlanStatus.UNKNOWN: PlanWords(
        "We could not confirm the state of your subscription.",
        (
            (
                "Your HossAgent is on hold until we can. Our team has been notified. "
                "Contact support if this lasts more than a day."
            ),
        ),
        "bad",
        (MANAGE,),
    ),
    PlanStatus.NONE: PlanWords(
        "You have no plan yet.",
        (f"Start {PRO.name} to put your HossAgent to work.",),
        "neutral",
        (START,),
    ),
}

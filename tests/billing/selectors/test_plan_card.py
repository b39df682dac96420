"""What the plan card says and offers, for every plan status."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from accounts.models import Customer
from billing.entitlements import PlanStatus
from billing.models import Subscription
from billing.plans import PRO
from billing.selectors import CHECKOUT_PATH, PORTAL_PATH, PlanCard, get_plan_card
from tests.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable

TRIAL: dict[str, Any] = {"trial_started_at": NOON, "trial_ends_at": NOON + PRO.trial_length}
LATER = NOON + timedelta(days=30)


def card(after: timedelta = timedelta(0), **facts: Any) -> PlanCard:
    customer = Customer(company="Acme", timezone="America/New_York")
    customer.subscription = Subscription(customer=customer, **facts)
    return get_plan_card(customer=customer, now=NOON + after)


@pytest.fixture(autouse=True)
def stripe_on(configure: Callable[..., None]) -> None:
    configure(ENABLE_STRIPE=True, STRIPE_API_KEY="sk_test_1234567890abcdef1234")


def test_a_fresh_trial() -> None:
    shown = card(**TRIAL)

    assert shown.title == "Trial \N{EN DASH} HossAgent Pro"
    assert shown.price == "$99/month"
    assert shown.headline == "You are in a 7-day free trial. 7 days remaining."
    assert [(b.label, b.action) for b in shown.buttons] == [("Upgrade to Pro", CHECKOUT_PATH)]
    assert [(u.label, u.used, u.limit_text) for u in shown.usage] == [
        ("Tasks", 0, "15"),
        ("Leads", 0, "20"),
    ]
    assert (shown.days_left, shown.ends_on) == (7, "March 11, 2026")


def test_the_last_day_is_one_day() -> None:
    shown = card(timedelta(days=6, hours=12), **TRIAL)

    assert shown.headline == "You are in a 7-day free trial. 1 day remaining."


def test_a_trial_with_a_card_says_when_it_is_charged() -> None:
    shown = card(**TRIAL, status="trialing")

    assert "Your card will be charged $99.00 on March 11, 2026" in shown.details[1]
    assert [b.label for b in shown.buttons] == ["Upgrade to Pro", "Manage Billing"]


def test_an_active_subscription_shows_the_next_billing_date() -> None:
    shown = card(**TRIAL, status="active", last_paid_at=NOON, current_period_end=LATER)

    assert shown.title == "HossAgent Pro"
    assert shown.headline == "Active subscription"
    assert shown.details == ("Next billing date: April 3, 2026.",)
    assert [(b.label, b.action) for b in shown.buttons] == [("Manage Billing", PORTAL_PATH)]
    assert [u.limit_text for u in shown.usage] == ["∞", "∞"]


def test_a_scheduled_cancel_shows_its_date() -> None:
    shown = card(status="active", last_paid_at=NOON, cancel_at=LATER, current_period_end=LATER)

    assert shown.headline == "Your subscription ends on April 3, 2026."
    assert shown.ends_on == "April 3, 2026"


def test_past_due_says_until_when() -> None:
    shown = card(status="past_due", past_due_since=NOON, last_paid_at=NOON)

    assert shown.tone == "bad"
    assert "before March 7, 2026" in shown.details[0]


@pytest.mark.parametrize(
    ("facts", "plan_status", "buttons"),
    [
        ({"is_complimentary": True}, PlanStatus.COMPLIMENTARY, []),
        ({}, PlanStatus.NONE, ["Start HossAgent Pro"]),
        ({"status": "canceled"}, PlanStatus.CANCELED, ["Start HossAgent Pro"]),
        ({"status": "unpaid"}, PlanStatus.UNPAID, ["Manage Billing"]),
        ({"status": "paused"}, PlanStatus.PAUSED, ["Manage Billing"]),
        ({"status": "incomplete"}, PlanStatus.INCOMPLETE, ["Manage Billing"]),
        ({"status": "unknown"}, PlanStatus.UNKNOWN, ["Manage Billing"]),
        ({"status": "past_due"}, PlanStatus.PAST_DUE_STOPPED, ["Manage Billing"]),
        ({"status": "trialing"}, PlanStatus.TRIAL_EXPIRED, ["Manage Billing"]),
        (
            {"trial_started_at": NOON - timedelta(days=8), "trial_ends_at": NOON},
            PlanStatus.TRIAL_EXPIRED,
            ["Upgrade to Pro"],
        ),
    ],
)
def test_every_other_status_has_words_and_a_next_step(
    facts: dict[str, Any], plan_status: PlanStatus, buttons: list[str]
) -> None:
    shown = card(**facts)

    assert shown.plan_status is plan_status
    assert shown.headline
    assert shown.details
    assert [button.label for button in shown.buttons] == buttons


def test_with_payments_off_the_way_forward_is_support(configure: Callable[..., None]) -> None:
    configure(ENABLE_STRIPE=False)

    shown = card(**TRIAL)

    assert [(b.label, b.is_link) for b in shown.buttons] == [("Contact support", True)]


def test_the_price_of_complimentary_access_is_none() -> None:
    assert card(is_complimentary=True, status="active").price == "No charge"


def test_meters_never_overflow() -> None:
    shown = card(**TRIAL, tasks_used=30, leads_used=10)

    assert [u.percent for u in shown.usage] == [100, 50]


@pytest.mark.parametrize(
    ("used", "words"),
    [
        ({"tasks_used": 14, "leads_used": 19}, "The trial covers 15 tasks and 20 leads. "),
        ({"tasks_used": 15}, "You have used the trial's 15 tasks. No more are done until "),
        ({"leads_used": 20}, "You have used the trial's 20 leads. No more are added until "),
        (
            {"tasks_used": 15, "leads_used": 20},
            "You have used the trial's 15 tasks and 20 leads. No more are added until ",
        ),
    ],
)
def test_a_trial_says_what_is_used_up(used: dict[str, Any], words: str) -> None:
    assert card(**TRIAL, **used).details[0].startswith(words)


PAID: dict[str, Any] = {**TRIAL, "last_paid_at": NOON}
USED: dict[str, Any] = {"tasks_used": 40, "leads_used": 500}
UNLIMITED = [("∞", False), ("∞", False)]
OVER = [("", True), ("", True)]
OF_TRIAL = [("15", False), ("20", False)]


@pytest.mark.parametrize(
    ("facts", "meters"),
    [
        (TRIAL, OF_TRIAL),
        ({**TRIAL, "status": "trialing"}, OF_TRIAL),
        ({**TRIAL, "status": "incomplete"}, OF_TRIAL),
        ({**TRIAL, "trial_ends_at": NOON}, OF_TRIAL),
        ({"is_complimentary": True}, UNLIMITED),
        ({**PAID, "status": "active"}, UNLIMITED),
        ({**PAID, "status": "active", "cancel_at": LATER}, UNLIMITED),
        ({**PAID, "status": "past_due", "past_due_since": NOON}, UNLIMITED),
        ({**PAID, "status": "past_due"}, UNLIMITED),
        ({**PAID, "status": "active", "cancel_at": NOON}, OVER),
        ({**PAID, "status": "unpaid"}, OVER),
        ({**PAID, "status": "paused"}, OVER),
        ({**PAID, "status": "canceled"}, OVER),
        ({**PAID, "status": "unknown"}, OVER),
        ({"status": "incomplete"}, OVER),
        ({}, OVER),
    ],
)
def test_only_a_trial_has_the_trials_limits(
    facts: dict[str, Any], meters: list[tuple[str, bool]]
) -> None:
    shown = card(**facts, **USED)

    assert [(use.limit_text, use.is_over) for use in shown.usage] == meters
    assert [use.used for use in shown.usage] == [40, 500]


@pytest.mark.parametrize("since", [NOON, None])
def test_a_first_payment_that_failed_has_stopped_nothing(since: datetime | None) -> None:
    shown = card(**TRIAL, status="past_due", past_due_since=since)

    assert shown.headline == "Your first payment did not go through."
    assert shown.details == (
        (
            "Your HossAgent works, but it does not send. "
            "Update your card, and real outreach starts as soon as the payment goes through."
        ),
    )
    assert [button.label for button in shown.buttons] == ["Manage Billing"]


def test_cancel_before_the_first_payment_promises_no_outreach() -> None:
    shown = card(**TRIAL, status="active", cancel_at=LATER)

    assert shown.details[0] == (
        "Your first payment is being confirmed. Real outreach starts once it goes through."
    )


def test_who_may_not_pay_is_told_so_instead_of_refused() -> None:
    customer = Customer(company="Acme", timezone="America/New_York")
    customer.subscription = Subscription(customer=customer, **TRIAL)

    shown = get_plan_card(customer=customer, now=NOON, is_owner=False)

    assert shown.buttons == ()
    assert shown.details[-1] == "Only an owner of the account can change the plan."


def test_where_there_is_nothing_to_change_nobody_is_named() -> None:
    customer = Customer(company="Acme", timezone="America/New_York")
    customer.subscription = Subscription(customer=customer, is_complimentary=True)

    shown = get_plan_card(customer=customer, now=NOON, is_owner=False)

    assert shown.details == ("Full access at no charge.",)


def test_a_trial_that_was_canceled_says_when_it_ends() -> None:
    shown = card(**TRIAL, status="trialing", cancel_at=NOON + PRO.trial_length)

    assert shown.details[0] == "Your trial ends on March 11, 2026 and will not renew."
    assert [b.label for b in shown.buttons] == ["Upgrade to Pro", "Manage Billing"]


def test_active_before_the_first_payment_says_what_is_awaited() -> None:
    shown = card(**TRIAL, status="active")

    assert shown.headline == "Active subscription"
    assert shown.details == (
        "Your first payment is being confirmed. Real outreach starts once it goes through.",
    )

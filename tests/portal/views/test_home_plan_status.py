"""Home and Billing in every status of a plan: words, meters and buttons are true."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.urls import reverse

from accounts.models import Membership
from accounts.states import Role
from agents.profile.selectors import list_next_steps
from billing.models import Subscription
from billing.plans import PRO
from tests.conftest import NOON
from tests.helpers.clients import SiteClient

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db


def open_page(client: SiteClient, name: str) -> str:
    with time_machine.travel(NOON, tick=False):
        return client.get(reverse(name)).content.decode()


STOPPED, LIMITS = (
    "Put your HossAgent back to work",
    "You have used all trial leads and tasks",
)
PAID = {"last_paid_at": NOON}
WORKING, STILL = "<p>Working on dental clinics", "<p>Not running. Set up for dental"
LATER = NOON + timedelta(days=30)


@pytest.mark.parametrize(
    ("facts", "headline", "meter", "step", "work"),
    [
        ({}, "7 days remaining.", "3 of 15 tasks used.", None, WORKING),
        (
            {"trial_ends_at": NOON + timedelta(hours=3)},
            "1 day remaining.",
            "3 of 15 tasks used.",
            None,
            WORKING,
        ),
        (
            {"tasks_used": 15, "leads_used": 20},
            "7 days remaining.",
            "15 of 15 tasks used.",
            LIMITS,
            WORKING,
        ),
        (
            {"trial_started_at": NOON - PRO.trial_length, "trial_ends_at": NOON},
            "Your free trial has ended.",
            "3 of 15 tasks used.",
            STOPPED,
            STILL,
        ),
        (
            {**PAID, "status": "active", "tasks_used": 40},
            "Active subscription",
            "40 tasks used, no limit on your plan.",
            None,
            WORKING,
        ),
        (
            {**PAID, "status": "active", "cancel_at": LATER},
            "Your subscription ends on April 3, 2026.",
            "3 tasks used, no limit on your plan.",
            None,
            WORKING,
        ),
        (
            {**PAID, "status": "past_due", "past_due_since": NOON},
            "Your last payment did not go through.",
            "3 tasks used, no limit on your plan.",
            None,
            WORKING,
        ),
        (
            {**PAID, "status": "past_due"},
            "real outreach has stopped.",
            "3 tasks used, no limit on your plan.",
            None,
            WORKING,
        ),
        ({**PAID, "status": "unpaid"}, "is unpaid", "3 so far.", STOPPED, STILL),
        ({**PAID, "status": "paused"}, "is paused", "3 so far.", STOPPED, STILL),
        ({**PAID, "status": "canceled"}, "is canceled", "3 so far.", STOPPED, STILL),
        (
            {"is_complimentary": True},
            "Complimentary access",
            "3 tasks used, no limit on your plan.",
            None,
            WORKING,
        ),
    ],
)
def test_home_and_billing_are_true_in_every_plan_status(
    client: SiteClient,
    member: Membership,
    facts: dict[str, object],
    headline: str,
    meter: str,
    step: str | None,
    work: str,
) -> None:
    Subscription.objects.update(**{"tasks_used": 3, **facts})

    page = open_page(client, "portal:home")

    for shown in (page, open_page(client, "portal:billing")):
        assert headline in shown
        assert f"<figcaption>Tasks: {meter}</figcaption>" in shown
    assert [one for one in (STOPPED, LIMITS) if one in page] == ([step] if step else [])
    assert [one for one in (WORKING, STILL) if one in page] == [work]


def test_an_unverified_owner_is_told_what_waits_for_it(
    client: SiteClient, member: Membership
) -> None:
    Subscription.objects.update(**PAID, status="active")
    member.user.email_verified_at = None
    member.user.date_joined = NOON
    member.user.save()

    page = open_page(client, "portal:home")

    assert f"Please confirm {member.user.email}" in page
    assert "Until then, no real outreach is sent in your name." in page


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER])
@pytest.mark.parametrize("name", ["portal:home", "portal:billing"])
def test_only_owners_are_offered_what_only_owners_may_do(
    client: SiteClient, member: Membership, configure: Callable[..., None], role: str, name: str
) -> None:
    configure(ENABLE_STRIPE=True, STRIPE_API_KEY="sk_test_1234567890abcdef1234")
    member.role = role
    member.save()

    page = open_page(client, name)

    assert "Only an owner of the account can change the plan." in page
    assert "create-checkout-session" not in page


def test_autopilot_is_no_way_out_of_a_stopped_plan(member: Membership) -> None:
    member.customer.autopilot = False
    member.customer.subscription.status = "unpaid"

    steps = list_next_steps(customer=member.customer, approvals=0, replies=0, now=NOON)

    assert [step.title for step in steps] == [STOPPED]

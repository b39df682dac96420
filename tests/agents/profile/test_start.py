"""A customer starts with everything that a cycle needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from accounts.models import Customer
from agents.profile.services.start import NewCustomer, start_customer
from billing.entitlements import PlanStatus, get_plan_status

if TYPE_CHECKING:
    from datetime import datetime

pytestmark = pytest.mark.django_db


def start(now: datetime, **values: Any) -> Customer:
    facts: dict[str, Any] = {
        "company": "Bright\nAgency",
        "contact_name": "Ada Byron",
        "email": "ada@agency.test",
        "niche": "dental clinics",
        "geography": "Austin, Texas",
        **values,
    }
    return start_customer(NewCustomer(**facts), now=now)


def test_a_new_customer_is_on_trial_and_due_at_once(now: datetime) -> None:
    customer = start(now, timezone="Mars/Olympus", offer="booking systems")

    loaded = Customer.objects.select_related("subscription", "profile").get(pk=customer.pk)
    assert get_plan_status(loaded, now=now) is PlanStatus.TRIAL
    assert (loaded.company, loaded.timezone) == ("Bright Agency", "America/New_York")
    assert (loaded.profile.sender_name, loaded.profile.offer) == ("Ada Byron", "booking systems")
    assert list(Customer.objects.due(now=now)) == [loaded]


def test_the_house_is_complimentary_and_no_trial(now: datetime) -> None:
    house = start(now, is_house=True)

    assert get_plan_status(house, now=now) is PlanStatus.COMPLIMENTARY
    assert house.subscription.trial_started_at is None


def test_without_a_trial_there_are_no_rights_yet(now: datetime) -> None:
    customer = start(now, has_trial=False)

    assert get_plan_status(customer, now=now) is PlanStatus.NONE

"""Allowance counters: never above the trial's limit, whoever asks."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from billing.models import Subscription
from billing.plans import PRO
from billing.services.trials import start_trial
from billing.services.usage import release_leads, release_task, reserve_leads, reserve_task
from tests.factories import CustomerFactory, SubscriptionFactory

if TYPE_CHECKING:
    from datetime import datetime

pytestmark = pytest.mark.django_db


def test_leads_are_granted_up_to_the_limit(now: datetime) -> None:
    customer = CustomerFactory.create()

    granted = [reserve_leads(customer_id=customer.pk, wanted=8, now=now) for _ in range(4)]

    assert granted == [8, 8, 4, 0]
    assert Subscription.objects.get(pk=customer.pk).leads_used == PRO.trial_leads


def test_released_leads_can_be_taken_again(now: datetime) -> None:
    customer = CustomerFactory.create()
    reserve_leads(customer_id=customer.pk, wanted=20, now=now)

    release_leads(customer_id=customer.pk, count=3)

    assert reserve_leads(customer_id=customer.pk, wanted=20, now=now) == 3


def test_pro_rights_have_no_limit_and_are_counted(now: datetime) -> None:
    customer = CustomerFactory.create(subscription=None)
    SubscriptionFactory.create(customer=customer, complimentary=True)

    assert reserve_leads(customer_id=customer.pk, wanted=500, now=now) == 500
    assert all(reserve_task(customer_id=customer.pk, now=now) for _ in range(30))
    row = Subscription.objects.get(pk=customer.pk)
    assert (row.leads_used, row.tasks_used) == (500, 30)


def test_tasks_stop_at_the_limit_and_a_released_one_can_be_taken(now: datetime) -> None:
    customer = CustomerFactory.create()

    taken = [reserve_task(customer_id=customer.pk, now=now) for _ in range(PRO.trial_tasks + 1)]
    release_task(customer_id=customer.pk)

    assert taken == [True] * PRO.trial_tasks + [False]
    assert reserve_task(customer_id=customer.pk, now=now) is True


def test_an_expired_trial_is_granted_nothing(now: datetime) -> None:
    customer = CustomerFactory.create()
    later = now + PRO.trial_length

    assert reserve_leads(customer_id=customer.pk, wanted=1, now=later) == 0
    assert reserve_task(customer_id=customer.pk, now=later) is False


def test_releasing_never_goes_below_zero() -> None:
    customer = CustomerFactory.create()

    release_leads(customer_id=customer.pk, count=5)
    release_task(customer_id=customer.pk)

    row = Subscription.objects.get(pk=customer.pk)
    assert (row.leads_used, row.tasks_used) == (0, 0)


def test_a_trial_begins_once_only(now: datetime) -> None:
    customer = CustomerFactory.create(subscription=None)

    first = start_trial(customer=customer, now=now)
    second = start_trial(customer=customer, now=now + timedelta(days=30))

    assert (first, second) == (True, False)
    assert customer.subscription.trial_ends_at == now + PRO.trial_length

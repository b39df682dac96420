"""The allowance counters never pass the trial's limit, whoever asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from billing.models import Subscription
from billing.plans import PRO
from billing.services.usage import release_leads, release_task, reserve_leads, reserve_task
from tests.billing.conftest import just_before
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


def test_tasks_stop_at_the_limit_until_one_is_released(now: datetime) -> None:
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


def test_who_was_overtaken_takes_what_is_left(now: datetime) -> None:
    customer = CustomerFactory.create()

    def somebody_takes_most() -> None:
        Subscription.objects.update(leads_used=PRO.trial_leads - 2)

    with just_before('UPDATE "billing_subscription"', somebody_takes_most):
        granted = reserve_leads(customer_id=customer.pk, wanted=8, now=now)

    assert granted == 2
    assert Subscription.objects.get(pk=customer.pk).leads_used == PRO.trial_leads


def test_nothing_wanted_and_nothing_returned_changes_nothing(now: datetime) -> None:
    customer = CustomerFactory.create()
    reserve_leads(customer_id=customer.pk, wanted=4, now=now)

    assert reserve_leads(customer_id=customer.pk, wanted=0, now=now) == 0
    release_leads(customer_id=customer.pk, count=0)

    assert Subscription.objects.get(pk=customer.pk).leads_used == 4


def test_a_customer_without_a_row_is_granted_nothing(now: datetime) -> None:
    assert reserve_leads(customer_id=999_999, wanted=1, now=now) == 0
    assert reserve_task(customer_id=999_999, now=now) is False

"""How a customer's subscription row starts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from billing.models import Subscription
from billing.plans import PRO
from billing.services.trials import make_complimentary, start_trial
from tests.factories import CustomerFactory

if TYPE_CHECKING:
    from datetime import datetime

pytestmark = pytest.mark.django_db


def test_a_trial_begins_once_only(now: datetime) -> None:
    customer = CustomerFactory.create(subscription=None)

    first = start_trial(customer=customer, now=now)
    second = start_trial(customer=customer, now=now + timedelta(days=30))

    assert (first, second) == (True, False)
    assert customer.subscription.trial_ends_at == now + PRO.trial_length


def test_the_house_has_full_rights_from_its_first_row(now: datetime) -> None:
    customer = CustomerFactory.create(subscription=None)

    make_complimentary(customer=customer)

    assert customer.subscription.is_complimentary is True
    assert Subscription.objects.get(pk=customer.pk).is_complimentary is True

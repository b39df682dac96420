"""How a customer's subscription row starts: with its one trial, or complimentary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from billing.models import Subscription
from billing.plans import PRO

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer


def ensure_subscription(*, customer: Customer) -> Subscription:
    """The customer's row, created without any rights when there was none."""
    row, _ = Subscription.objects.get_or_create(customer=customer)
    return row


@transaction.atomic
def start_trial(*, customer: Customer, now: datetime) -> bool:
    """Start the customer's free trial. True when it started now.

    A customer has one trial: once it has started, running or over, its dates stay.
    `customer.subscription` is fresh afterwards.
    """
    ensure_subscription(customer=customer)
    began = Subscription.objects.filter(pk=customer.pk, trial_started_at=None).update(
        trial_started_at=now, trial_ends_at=now + PRO.trial_length
    )
    customer.subscription = Subscription.objects.get(pk=customer.pk)
    return bool(began)


@transaction.atomic
def begin_claimed_trial(*, customer: Customer, now: datetime) -> None:
    """Start the trial of an account that an operator created, when its owner claims it.

    A trial that started before that is replaced, because nobody could use it.
    `customer.subscription` is fresh afterwards.
    """
    ensure_subscription(customer=customer)
    Subscription.objects.filter(pk=customer.pk).update(
        trial_started_at=now, trial_ends_at=now + PRO.trial_length
    )
    customer.subscription = Subscription.objects.get(pk=customer.pk)


@transaction.atomic
def make_complimentary(*, customer: Customer) -> None:
    """Full rights without payment: for the house, and for customers the operator chooses."""
    ensure_subscription(customer=customer)
    Subscription.objects.filter(pk=customer.pk).update(is_complimentary=True)
    customer.subscription = Subscription.objects.get(pk=customer.pk)

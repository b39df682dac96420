"""Subscriptions and work summaries."""

from __future__ import annotations

from datetime import timedelta

import factory

from billing.models import Invoice, Subscription
from billing.plans import PRO
from tests.conftest import NOON


class SubscriptionFactory(factory.django.DjangoModelFactory[Subscription]):
    """A trial that began at noon; `complimentary=True` gives full rights."""

    class Meta:
        model = Subscription

    class Params:
        complimentary = factory.Trait(is_complimentary=True)
        paid = factory.Trait(
            status="active",
            stripe_subscription_id=factory.Sequence(lambda n: f"sub_{n}"),
            current_period_start=NOON,
            current_period_end=NOON + timedelta(days=30),
            last_paid_at=NOON,
        )

    customer = factory.SubFactory("tests.factories.accounts.CustomerFactory", subscription=None)
    trial_started_at = NOON
    trial_ends_at = NOON + PRO.trial_length


class InvoiceFactory(factory.django.DjangoModelFactory[Invoice]):
    class Meta:
        model = Invoice

    customer = factory.SubFactory("tests.factories.accounts.CustomerFactory")
    created_at = NOON

"""People and customers."""

from __future__ import annotations

import factory

from accounts.models import Customer, Membership, User
from accounts.states import Role
from tests.conftest import NOON


class UserFactory(factory.django.DjangoModelFactory[User]):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@agency.test")
    date_joined = NOON
    email_verified_at = NOON


class CustomerFactory(factory.django.DjangoModelFactory[Customer]):
    """A customer with its profile and a running trial, as sign-up leaves it."""

    class Meta:
        model = Customer
        skip_postgeneration_save = True

    company = factory.Sequence(lambda n: f"Agency {n}")
    contact_name = "Ada Byron"
    email = factory.Sequence(lambda n: f"owner{n}@agency.test")
    niche = "dental clinics"
    geography = "Austin, Texas"
    timezone = "America/New_York"
    created_at = NOON
    next_run_at = NOON

    subscription = factory.RelatedFactory(
        "tests.factories.billing.SubscriptionFactory", factory_related_name="customer"
    )
    profile = factory.RelatedFactory(
        "tests.factories.agents.ProfileFactory", factory_related_name="customer"
    )


class MembershipFactory(factory.django.DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    customer = factory.SubFactory(CustomerFactory)
    role = Role.OWNER
    created_at = NOON

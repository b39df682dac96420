"""Rows for tests, one factory per model; times default to the shared noon."""

from __future__ import annotations

from tests.factories.accounts import CustomerFactory, MembershipFactory, UserFactory
from tests.factories.agents import (
    ConversationFactory,
    InboundMessageFactory,
    LeadFactory,
    MessageFactory,
    ProfileFactory,
    TaskFactory,
)
from tests.factories.billing import InvoiceFactory, SubscriptionFactory

__all__ = [
    "ConversationFactory",
    "CustomerFactory",
    "InboundMessageFactory",
    "InvoiceFactory",
    "LeadFactory",
    "MembershipFactory",
    "MessageFactory",
    "ProfileFactory",
    "SubscriptionFactory",
    "TaskFactory",
    "UserFactory",
]

"""Who writes: the customer's name and address, and what its plan and its owner allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.models import Membership
from accounts.states import Role
from agents.mode import get_sender_address
from agents.outreach.gate import SenderFacts
from billing.entitlements import can_run_agent_for, may_send_live

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from accounts.models import Customer


def get_senders(*, customers: Collection[Customer], now: datetime) -> dict[int, SenderFacts]:
    """One record for each customer, by primary key. One query."""
    address = get_sender_address()
    verified = _verified_customers(customers)
    return {
        customer.pk: SenderFacts(
            name=customer.profile.sender_name,
            address=address,
            postal_address=customer.profile.postal_address,
            may_work=can_run_agent_for(customer, now=now),
            may_send_live=may_send_live(customer, now=now),
            is_owner_verified=customer.pk in verified,
        )
        for customer in customers
    }


def _verified_customers(customers: Collection[Customer]) -> set[int]:
    """Customers with an owner whose address is verified; the house vouches for itself."""
    house = {customer.pk for customer in customers if customer.is_house}
    return house | set(
        Membership.objects.filter(
            customer__in=customers, role=Role.OWNER, user__email_verified_at__isnull=False
        ).values_list("customer_id", flat=True)
    )

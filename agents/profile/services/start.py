"""How a customer starts: its row, its subscription and its profile, all or none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from accounts.services.customers import CustomerDetails, open_customer
from agents.profile.services.profiles import ensure_profile
from billing.services.trials import ensure_subscription, make_complimentary, start_trial

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """What a customer starts with; what is left out, it enters itself in its settings.

    The house is complimentary and has no trial. Without `has_trial` a customer has no rights
    until it pays, because the trial guard decided on no trial, or nobody has claimed it yet.
    """

    company: str
    contact_name: str
    email: str
    niche: str = ""
    geography: str = ""
    timezone: str = ""
    offer: str = ""
    postal_address: str = ""
    is_house: bool = False
    has_trial: bool = True


@transaction.atomic
def start_customer(new: NewCustomer, *, now: datetime) -> Customer:
    """Open a customer that the next cycle can work for, with subscription and profile loaded."""
    details = CustomerDetails(
        company=new.company,
        contact_name=new.contact_name,
        email=new.email,
        niche=new.niche,
        geography=new.geography,
        timezone=new.timezone,
    )
    customer = open_customer(details, now=now, is_house=new.is_house)
    if new.is_house:
        make_complimentary(customer=customer)
    elif new.has_trial:
        start_trial(customer=customer, now=now)
    else:
        customer.subscription = ensure_subscription(customer=customer)
    ensure_profile(customer=customer, offer=new.offer, postal_address=new.postal_address)
    return customer

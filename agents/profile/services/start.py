"""How a customer starts: its row, its subscription and its profile, all or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.services.customers import open_customer
from agents.profile.services.profiles import ensure_profile
from billing.services.trials import ensure_subscription, make_complimentary, start_trial

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer


@transaction.atomic
def start_customer(
    *,
    company: str,
    contact_name: str,
    email: str,
    niche: str,
    geography: str,
    timezone: str = "",
    offer: str = "",
    postal_address: str = "",
    now: datetime,
    is_house: bool = False,
    with_trial: bool = True,
) -> Customer:
    """Open a customer that the next pass can work for, with subscription and profile loaded.

    The house is complimentary and has no trial. With `with_trial=False` the customer has
    no rights until it pays: the trial guard said that it had its trial before.
    """
    customer = open_customer(
        company=company,
        contact_name=contact_name,
        email=email,
        niche=niche,
        geography=geography,
        timezone=timezone,
        now=now,
        is_house=is_house,
    )
    if is_house:
        make_complimentary(customer=customer)
    elif with_trial:
        start_trial(customer=customer, now=now)
    else:
        customer.subscription = ensure_subscription(customer=customer)
    ensure_profile(customer=customer, offer=offer, postal_address=postal_address)
    return customer

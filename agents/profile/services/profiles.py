"""The customer's profile row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.models import Profile

if TYPE_CHECKING:
    from accounts.models import Customer


def ensure_profile(*, customer: Customer, offer: str = "", postal_address: str = "") -> Profile:
    """The customer's profile, made from what sign-up asked when there was none.

    An existing profile keeps its values. `customer.profile` is loaded afterward.
    """
    profile, _ = Profile.objects.get_or_create(
        customer=customer,
        defaults={
            "sender_name": customer.contact_name,
            "offer": offer.strip(),
            "postal_address": postal_address.strip(),
        },
    )
    customer.profile = profile
    return profile

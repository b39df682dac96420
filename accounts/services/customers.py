"""How a customer row begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from accounts.models import Customer
from hossagent.lib.calendars import is_timezone
from hossagent.lib.text import single_line

if TYPE_CHECKING:
    from datetime import datetime

DEFAULT_TIMEZONE = "America/New_York"


@dataclass(frozen=True, slots=True)
class CustomerDetails:
    """What is known of a customer at its start. An unknown time zone becomes New York's."""

    company: str
    contact_name: str
    email: str
    niche: str
    geography: str
    timezone: str = ""


def open_customer(details: CustomerDetails, *, now: datetime, is_house: bool = False) -> Customer:
    """A new customer whose first cycle is due at once. Raises `IntegrityError` for a second
    house.

    Only the row of this app: `agents.profile.services.start.start_customer` adds the
    subscription and the profile.
    """
    return Customer.objects.create(
        company=single_line(details.company),
        contact_name=single_line(details.contact_name, 120),
        email=details.email.strip(),
        niche=single_line(details.niche),
        geography=single_line(details.geography),
        timezone=details.timezone if is_timezone(details.timezone) else DEFAULT_TIMEZONE,
        is_house=is_house,
        created_at=now,
        next_run_at=now,
    )

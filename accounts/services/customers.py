"""How a customer row begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.models import Customer
from hossagent.lib.calendars import is_timezone
from hossagent.lib.text import single_line

if TYPE_CHECKING:
    from datetime import datetime

DEFAULT_TIMEZONE = "America/New_York"


def open_customer(
    *,
    company: str,
    contact_name: str,
    email: str,
    niche: str,
    geography: str,
    timezone: str = "",
    now: datetime,
    is_house: bool = False,
) -> Customer:
    """A new customer whose first autopilot pass is due at once.

    Only the row of this app: `agents.profile.services.start.start_customer` adds the
    subscription and the profile. An unknown time zone becomes New York's. Raises
    `IntegrityError` for a second house.
    """
    return Customer.objects.create(
        company=single_line(company),
        contact_name=single_line(contact_name, 120),
        email=email.strip(),
        niche=single_line(niche),
        geography=single_line(geography),
        timezone=timezone if is_timezone(timezone) else DEFAULT_TIMEZONE,
        is_house=is_house,
        created_at=now,
        next_run_at=now,
    )

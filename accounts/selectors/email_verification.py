"""What a person's own row says about what they may do."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

UNVERIFIED_GRACE = timedelta(days=7)


class Person(Protocol):
    email_verified_at: datetime | None
    date_joined: datetime


def is_walled(person: Person, *, now: datetime) -> bool:
    """The address was not proven within seven days: the portal is closed until it is."""
    return person.email_verified_at is None and now >= person.date_joined + UNVERIFIED_GRACE

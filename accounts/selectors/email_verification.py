"""Who has to prove their email address before the portal opens again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

UNVERIFIED_GRACE = timedelta(days=7)


class Person(Protocol):
    email_verified_at: datetime | None
    date_joined: datetime


def must_verify_email(person: Person, *, now: datetime) -> bool:
    """The address was not proven within seven days of joining."""
    return person.email_verified_at is None and now >= person.date_joined + UNVERIFIED_GRACE

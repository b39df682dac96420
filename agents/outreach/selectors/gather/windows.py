"""The hours in which a recipient may get an email."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.outreach.gate import WindowFacts
from hossagent.lib.calendars import known_zone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.models import Message


def get_windows(*, messages: Sequence[Message]) -> dict[int, WindowFacts]:
    """The window of each message, by primary key. No query."""
    windows: dict[tuple[int, str], WindowFacts] = {}
    facts = {}
    for message in messages:
        key = (message.customer_id, message.lead.timezone)
        if key not in windows:
            customer = message.customer
            windows[key] = WindowFacts(
                zone=known_zone(key[1], customer.timezone),
                start=customer.profile.window_start,
                end=customer.profile.window_end,
                weekdays=tuple(customer.profile.window_weekdays),
            )
        facts[message.pk] = windows[key]
    return facts

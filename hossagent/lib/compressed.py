"""The sandbox world's clock: days pass in a minute, so that a demonstration moves.

On this clock every wait is divided by `speed` (`SANDBOX_SPEED`, 1440 makes a day one
minute), and each customer's week begins on a Monday, at the opening of its sending
window, in the moment the customer was made: whenever somebody looks, at any hour of any
day, the first window is open and the next one is less than three sandbox days away.
Counters keep their real hour and day and allow `speed` times as much.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hossagent.lib.calendars import window_opens_at

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import time

# A Monday with four weeks of standard time behind it in both hemispheres' zones.
_MONDAY = date(2026, 1, 5)
_ROUND = timedelta(weeks=4)


def compressed_window_opens_at(
    moment: datetime,
    zone: str,
    *,
    anchor: datetime,
    speed: int,
    start: time,
    end: time,
    weekdays: Iterable[int],
) -> datetime:
    """`window_opens_at` on the compressed clock of a customer made at `anchor`.

    With `speed` 1 it is the plain window. The answer is a real moment, never before
    `moment`.
    """
    if speed <= 1:
        return window_opens_at(moment, zone, start=start, end=end, weekdays=weekdays)
    first = datetime.combine(_MONDAY, start, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    elapsed = max(moment - anchor, timedelta(0)) * speed % _ROUND
    shown = first + elapsed
    opens = window_opens_at(shown, zone, start=start, end=end, weekdays=weekdays)
    return moment + (opens - shown) / speed

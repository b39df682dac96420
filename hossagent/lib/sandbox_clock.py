"""The sandbox world's clock: days pass in a minute, so that a demonstration moves.

On this clock every wait is divided by `speed` (`SANDBOX_SPEED`, 1440 makes a day one
minute). Each customer's week begins on a Monday, at the opening of its sending window, in
the moment the customer was made (`anchor`): at any real hour of any real day, the first
window is open and the next one is less than three sandbox days away. Counters keep their
real hour and day and allow `speed` times as much.
"""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class SandboxClock:
    """How fast time runs; with `speed` 1 it is real time. Only a window asks for `anchor`."""

    speed: int = 1
    anchor: datetime | None = None

    def shortened(self, wait: timedelta) -> timedelta:
        """How long `wait` lasts in real time."""
        return wait / self.speed

    def after(self, moment: datetime, wait: timedelta) -> datetime:
        """The real moment at which `wait` has passed since `moment`."""
        return moment + wait / self.speed

    def allowance(self, limit: int) -> int:
        """What a real hour or day holds when `limit` is for one on this clock."""
        return limit * self.speed

    def window_opens_at(
        self,
        moment: datetime,
        zone: str,
        *,
        start: time,
        end: time,
        weekdays: Iterable[int],
    ) -> datetime:
        """`calendars.window_opens_at` on this clock: a real moment, never before `moment`."""
        if self.speed <= 1:
            return window_opens_at(moment, zone, start=start, end=end, weekdays=weekdays)
        assert self.anchor is not None, "a sandbox week begins when its customer was made"
        first = datetime.combine(_MONDAY, start, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        elapsed = max(moment - self.anchor, timedelta(0)) * self.speed % _ROUND
        shown = first + elapsed
        opens = window_opens_at(shown, zone, start=start, end=end, weekdays=weekdays)
        return moment + (opens - shown) / self.speed


REAL_TIME = SandboxClock()

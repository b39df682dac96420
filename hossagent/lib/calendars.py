"""Days and business hours in somebody's time zone, correct across daylight saving."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

WORKDAYS = (0, 1, 2, 3, 4)


@cache
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones())  # reads the whole directory: once is enough


def is_timezone(name: str) -> bool:
    """True for an IANA name such as `America/New_York`."""
    return name in _timezones()


def known_zone(*names: str) -> str:
    """The first of `names` that is a time zone; UTC when none is."""
    for name in names:
        if not name:
            continue
        try:
            return ZoneInfo(name).key
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return "UTC"


def local_day(moment: datetime, zone: str) -> date:
    """The calendar day it is in `zone` at `moment`."""
    return moment.astimezone(ZoneInfo(zone)).date()


def format_local_day(moment: datetime | None, zone: str) -> str:
    """`April 3, 2026`: the calendar day it is in `zone` at `moment`; empty for none."""
    if moment is None:
        return ""
    day = local_day(moment, zone)
    return f"{day:%B} {day.day}, {day.year}"


def day_bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    """[start, end) of `day` in `zone`, in UTC: 23, 24 or 25 hours long."""
    tz = ZoneInfo(zone)
    start = datetime.combine(day, time.min, tzinfo=tz).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time.min, tzinfo=tz).astimezone(UTC)
    return start, end


def window_opens_at(
    moment: datetime, zone: str, *, start: time, end: time, weekdays: Iterable[int] = WORKDAYS
) -> datetime:
    """`moment` itself inside the window, else the next time it opens, in UTC.

    The window is [start, end) on each of `weekdays` (Monday is 0) in `zone`; an opening
    time that daylight saving skips becomes the first moment that exists.
    """
    tz, days = ZoneInfo(zone), frozenset(weekdays)
    if not days or start >= end:
        raise ValueError("a window needs a weekday and an end after its start")
    local = moment.astimezone(tz)
    for offset in range(9):
        day = local.date() + timedelta(days=offset)
        if day.weekday() not in days:
            continue
        opens = datetime.combine(day, start, tzinfo=tz).astimezone(UTC)
        closes = datetime.combine(day, end, tzinfo=tz).astimezone(UTC)
        if opens <= moment < closes:
            return moment
        if moment < opens:
            return opens
    raise ValueError("no such weekday")


def hour_of(moment: datetime) -> datetime:
    """The clock hour (UTC) that `moment` falls in."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def days_before(moment: datetime, days: int, zone: str) -> datetime:
    """The same local clock time `days` earlier in `zone`, in UTC.

    Across a daylight-saving change one day is 23 or 25 hours long; in `UTC` always 24.
    """
    local = moment.astimezone(ZoneInfo(zone))
    return (local - timedelta(days=days)).astimezone(UTC)

"""Days and windows in somebody's zone, daylight saving included."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from hossagent.lib.calendars import day_bounds, format_local_day, known_zone, window_opens_at

NINE, FIVE = time(9), time(17)
BERLIN = "Europe/Berlin"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day"), [("America/New_York", "March 3, 2026"), ("UTC", "March 4, 2026")]
)
def test_a_day_is_written_as_it_is_where_somebody_lives(zone: str, day: str) -> None:
    assert format_local_day(utc("2026-03-04T04:59"), zone) == day


@pytest.mark.parametrize(
    ("names", "zone"),
    [
        ((BERLIN, "America/Chicago"), BERLIN),
        (("", "America/Chicago"), "America/Chicago"),
        (("Mars/Olympus", "../../etc/passwd", "a\0b", "America/Chicago"), "America/Chicago"),
        (("Mars/Olympus",), "UTC"),
        ((), "UTC"),
    ],
)
def test_the_first_name_that_is_a_zone_counts(names: tuple[str, ...], zone: str) -> None:
    assert known_zone(*names) == zone


def test_no_moment_is_written_as_nothing() -> None:
    assert format_local_day(None, BERLIN) == ""


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)]
)
def test_a_day_is_as_long_as_its_clocks_make_it(day: date, hours: int) -> None:
    start, end = day_bounds(day, BERLIN)

    assert (end - start).total_seconds() == hours * 3_600


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-01-05T10:00", "2026-01-05T10:00"),  # inside: now
        ("2026-01-05T08:00", "2026-01-05T08:00"),  # the first moment of the window
        ("2026-01-05T07:59", "2026-01-05T08:00"),
        ("2026-01-05T16:00", "2026-01-06T08:00"),  # the end is outside
        ("2026-01-09T16:00", "2026-01-12T08:00"),  # Friday evening: Monday
        ("2026-03-28T10:00", "2026-03-30T07:00"),  # summer time began on the Sunday between
    ],
)
def test_a_window_opens_by_the_clock_of_its_zone(moment: str, opens: str) -> None:
    assert window_opens_at(utc(moment), BERLIN, start=NINE, end=FIVE) == utc(opens)


def test_a_skipped_opening_time_moves_to_the_next_moment() -> None:
    found = window_opens_at(
        utc("2026-03-29T00:00"), BERLIN, start=time(2, 30), end=FIVE, weekdays=[6]
    )

    assert found == utc("2026-03-29T01:30")


@pytest.mark.parametrize(
    ("start", "end", "weekdays"), [(NINE, FIVE, []), (FIVE, NINE, [0]), (NINE, NINE, [0])]
)
def test_a_window_that_never_opens_is_refused(start: time, end: time, weekdays: list[int]) -> None:
    with pytest.raises(ValueError, match="a weekday and an end after its start"):
        window_opens_at(utc("2026-01-05T10:00"), BERLIN, start=start, end=end, weekdays=weekdays)


def test_a_weekday_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no such weekday"):
        window_opens_at(utc("2026-01-05T10:00"), BERLIN, start=NINE, end=FIVE, weekdays=[7])

"""The scheduler calls each loop in its period, and a broken one stops no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from hossagent.embedded import scheduler
from hossagent.lib import loops
from hossagent.schedule import Loop

if TYPE_CHECKING:
    from collections.abc import Iterator

WANTED = [Loop("fast", 2, "send"), Loop("slow", 5, "ops")]


@pytest.fixture(autouse=True)
def running() -> Iterator[None]:
    yield
    loops._stop.clear()


class Time:
    """A clock that only `wait` moves; the run ends after `until` seconds."""

    def __init__(self, until: float) -> None:
        self.now, self.until = 100.0, 100.0 + until

    def monotonic(self) -> float:
        return self.now

    def wait(self, seconds: float) -> bool:
        self.now += seconds
        return self.now > self.until


def calls_within(seconds: float, fail: str = "") -> list[tuple[str, float]]:
    time, called = Time(seconds), []

    def call(name: str) -> None:
        called.append((name, time.now - 100))
        if name == fail:
            raise RuntimeError("broken")

    scheduler.run(WANTED, call, after_round=lambda: None, monotonic=time.monotonic, wait=time.wait)
    return called


def test_each_loop_is_called_when_its_period_is_over() -> None:
    assert calls_within(6) == [
        ("fast", 0),
        ("slow", 0),
        ("fast", 2),
        ("fast", 4),
        ("slow", 5),
        ("fast", 6),
    ]


@pytest.mark.django_db
def test_a_broken_loop_keeps_its_period_and_stops_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert calls_within(4, fail="fast") == [("fast", 0), ("slow", 0), ("fast", 2), ("fast", 4)]
    assert [r.message for r in caplog.records] == ["loop failed"] * 3


def test_nothing_is_called_once_a_stop_is_asked_for() -> None:
    loops.request_stop()

    assert calls_within(6) == []

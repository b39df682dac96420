"""Loops write down when they ran and what they did; idle ones rarely."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from agents.autopilot.services import heartbeats
from agents.models import Heartbeat
from hossagent.lib.loops import LoopReport
from tests.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def new_process() -> Iterator[None]:
    heartbeats._written.clear()
    heartbeats._unwritten.clear()
    yield
    heartbeats._written.clear()
    heartbeats._unwritten.clear()


def ran(after: int, *, done: int = 0, failed: int = 0, is_beat: bool = True) -> None:
    at = NOON + timedelta(seconds=after)
    heartbeats.record_heartbeat(LoopReport("agents.sweep", at, done, failed, 0.5, is_beat))


def row() -> list[Any]:
    fields = ("beat_at", "detail", "runs", "rows_done", "failures", "busy_seconds")
    values = list(Heartbeat.objects.values_list(*fields).get())
    return [(values[0] - NOON).total_seconds(), *values[1:]]


def test_an_idle_loop_writes_rarely_and_forgets_no_run() -> None:
    for after in (0, 2, 4, 14):
        ran(after)
    before = row()
    ran(15)

    assert before == [0, "nothing due", 1, 0, 0, 0.5]
    assert row() == [15, "nothing due", 5, 0, 0, 2.5]


def test_a_clock_set_back_is_written_at_once() -> None:
    ran(3 * 3600)
    ran(10)
    ran(12)

    assert row() == [10, "nothing due", 2, 0, 0, 1.0]


def test_a_busy_loop_writes_each_time() -> None:
    ran(0, done=2)
    ran(1, done=3, failed=1)

    assert row() == [1, "done 3, failed 1", 2, 5, 1, 1.0]


def test_two_processes_add_to_one_row() -> None:
    ran(0, done=2)
    heartbeats._written.clear()
    ran(1, done=3)

    assert row() == [1, "done 3, failed 0", 2, 5, 0, 1.0]


def test_a_run_that_is_no_beat_leaves_the_time_alone() -> None:
    """The inbox was not read, so the send gate must not believe it."""
    ran(0)
    ran(20, done=1, is_beat=False)

    assert row() == [0, "nothing due", 2, 1, 0, 1.0]


def test_no_row_is_made_by_a_run_that_is_no_beat() -> None:
    ran(0, failed=1, is_beat=False)

    assert Heartbeat.objects.count() == 0

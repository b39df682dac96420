"""When each loop last ran, and what it has done so far: written by the loops, read by the
console, `doctor` and /metrics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import F

from agents.models import Heartbeat

if TYPE_CHECKING:
    from hossagent.lib.loops import LoopReport

# An idle loop says so now and then; a busy one every time.
IDLE_BEAT = timedelta(seconds=15)


@dataclass(slots=True)
class _Unwritten:
    """What a loop did since this process last wrote it down. A process that dies takes at
    most fifteen seconds of idle runs with it."""

    runs: int = 0
    done: int = 0
    failed: int = 0
    seconds: float = 0.0

    def add(self, report: LoopReport) -> None:
        self.runs += 1
        self.done += report.done
        self.failed += report.failed
        self.seconds += report.seconds


_written: dict[str, datetime] = {}
_unwritten: dict[str, _Unwritten] = {}


def record_heartbeat(report: LoopReport) -> None:
    """Keep the loop's row current; an idle loop writes at most every fifteen seconds."""
    totals = _unwritten.setdefault(report.loop, _Unwritten())
    totals.add(report)
    last = _written.get(report.loop)
    # A clock that was set back must not make the loop look dead until it has caught up.
    is_fresh = last is not None and timedelta() <= report.at - last < IDLE_BEAT
    if not report.was_busy and is_fresh:
        return
    _write(report, totals)
    _written[report.loop] = report.at
    del _unwritten[report.loop]


def _write(report: LoopReport, totals: _Unwritten) -> None:
    """One UPDATE; the very first beat of a loop also makes its row."""
    values: dict[str, Any] = {
        "runs": F("runs") + totals.runs,
        "rows_done": F("rows_done") + totals.done,
        "failures": F("failures") + totals.failed,
        "busy_seconds": F("busy_seconds") + totals.seconds,
    }
    if report.is_beat:
        did = f"done {report.done}, failed {report.failed}"
        values |= {"beat_at": report.at, "detail": did if report.was_busy else "nothing due"}
    row = Heartbeat.objects.filter(pk=report.loop)
    if row.update(**values) or not report.is_beat:
        return
    Heartbeat.objects.bulk_create(
        [Heartbeat(loop=report.loop, beat_at=report.at)], ignore_conflicts=True
    )
    row.update(**values)

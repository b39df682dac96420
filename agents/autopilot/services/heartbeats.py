"""When each loop last ran: written by the loops, read by the console and by `doctor`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from agents.models import Heartbeat

if TYPE_CHECKING:
    from hossagent.lib.loops import LoopReport

# An idle loop says so now and then; a busy one every time.
IDLE_BEAT = timedelta(seconds=15)
_written: dict[str, datetime] = {}


def record_heartbeat(report: LoopReport) -> None:
    """Keep the loop's row current; an idle loop writes at most every fifteen seconds."""
    last = _written.get(report.loop)
    if not report.was_busy and last is not None and report.at - last < IDLE_BEAT:
        return
    detail = f"done {report.done}, failed {report.failed}" if report.was_busy else "nothing due"
    Heartbeat.objects.bulk_create(
        [Heartbeat(loop=report.loop, beat_at=report.at, detail=detail)],
        update_conflicts=True,
        unique_fields=["loop"],
        update_fields=["beat_at", "detail"],
    )
    _written[report.loop] = report.at

"""How far each backfill is, and how long it will still take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from agents.backfills.definitions import DEFINITIONS
from agents.models import Backfill
from agents.states import BackfillStatus

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Progress:
    """One backfill in numbers. `rate` is in rows a second since it was last continued; it and
    `time_left` are None while nothing is known."""

    name: str
    does: str
    status: str
    done: int
    total: int | None
    rate: float | None
    time_left: timedelta | None
    error: str
    finished_at: datetime | None

    @property
    def is_over(self) -> bool:
        return self.status == BackfillStatus.DONE

    @property
    def is_running(self) -> bool:
        return self.status == BackfillStatus.RUNNING

    @property
    def is_failing(self) -> bool:
        """The last batch raised, and will be tried again."""
        return self.is_running and bool(self.error)

    @property
    def needs_a_person(self) -> bool:
        return self.status in {BackfillStatus.PAUSED, BackfillStatus.FAILED}


def list_progress(*, now: datetime) -> list[Progress]:
    """Every backfill that was ever started here, the newest first; one query."""
    return [_progress(row, now=now) for row in Backfill.objects.order_by("-pk")]


def _progress(row: Backfill, *, now: datetime) -> Progress:
    definition = DEFINITIONS.get(row.name)
    seconds = (now - row.resumed_at).total_seconds()
    rate = time_left = None
    is_well = row.status == BackfillStatus.RUNNING and not row.error
    if is_well and seconds > 0 and row.done > row.done_at_resume:
        rate = (row.done - row.done_at_resume) / seconds
        if row.total is not None:
            time_left = timedelta(seconds=round(max(row.total - row.done, 0) / rate))
    return Progress(
        name=row.name,
        does=definition.does if definition else "A backfill of another version",
        status=row.status,
        done=row.done,
        total=row.total,
        rate=rate,
        time_left=time_left,
        error=row.error,
        finished_at=row.finished_at,
    )


def is_known(name: str) -> bool:
    """Whether this version knows how to fill it."""
    return name in DEFINITIONS

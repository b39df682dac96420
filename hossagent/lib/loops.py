"""A loop over rows: one small step after the other, bounded in number and in time."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import connection

from hossagent.lib import pulse
from hossagent.lib.log_fields import log_fields, new_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

logger = logging.getLogger("hossagent.loops")

# A step is expected to push its row back before it raises; three failures without a
# success between them mean that something larger is wrong, and the next tick tries again.
FAILURES_IN_A_ROW = 3

_stop = threading.Event()
_observers: list[Callable[[LoopReport], None]] = []


@dataclass(frozen=True, slots=True)
class LoopReport:
    """What one run of a loop did: rows done, steps that raised, and how long it took.

    Without `is_beat` it says what was done, but not that the loop is well.
    """

    loop: str
    at: datetime
    done: int
    failed: int
    seconds: float = field(default=0.0, compare=False)
    is_beat: bool = True

    @property
    def was_busy(self) -> bool:
        return bool(self.done or self.failed)


def request_stop() -> None:
    """Ask every loop of this process to end after the row in hand."""
    _stop.set()


def is_stopping() -> bool:
    return _stop.is_set()


def wait_for_stop(seconds: float) -> bool:
    """Sleep up to `seconds`; True at once when a stop is asked for."""
    return _stop.wait(seconds)


def on_report(observer: Callable[[LoopReport], None]) -> None:
    """Call `observer` after every run of a loop, in its process."""
    if observer not in _observers:
        _observers.append(observer)


def drop_broken_connection() -> None:
    """After a failure: close a database connection that is of no use any more, so that
    the next row gets a new one. Inside a transaction the owner of that decides."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def report(told: LoopReport) -> LoopReport:
    """Tell the log and the observers about a finished run; what they raise is logged, never
    passed on. A run that did nothing is no news."""
    pulse.beat(runs=1, done=told.done, failed=told.failed)
    if told.was_busy:
        logger.info(
            "loop done",
            extra={
                "loop": told.loop,
                "done": told.done,
                "failed": told.failed,
                "seconds": round(told.seconds, 3),
            },
        )
    for observer in _observers:
        try:
            observer(told)
        except Exception:  # a broken observer must not stop the work it watches
            logger.exception("loop observer failed", extra={"loop": told.loop})
    return told


def run_once(
    loop: str,
    work: Callable[[], int],
    *,
    clock: Callable[[], datetime],
    is_beat: bool = True,
) -> LoopReport:
    """Call `work`, which returns how many rows it did, and report it.

    What it raises is counted and passed on: the loop has not beaten then.
    """
    began = time.monotonic()
    try:
        done = work()
    except Exception:
        took = time.monotonic() - began
        report(LoopReport(loop, clock(), done=0, failed=1, seconds=took, is_beat=False))
        raise
    took = time.monotonic() - began
    return report(LoopReport(loop, clock(), done, failed=0, seconds=took, is_beat=is_beat))


def run_loop(
    loop: str,
    *steps: Callable[..., bool],
    clock: Callable[[], datetime],
    budget: int = 200,
    seconds: float = 20.0,
) -> LoopReport:
    """Call each of `steps` with `now=` until it returns False, within the shared bounds.

    What a step raises ends at this boundary: it is logged and counted, and the loop goes
    on with the next row, up to three failures in a row for one step.
    """
    began = time.monotonic()
    deadline = began + seconds
    done = failed = 0
    for step in steps:
        did, missed = _run_step(loop, step, clock, budget - done, deadline)
        done, failed = done + did, failed + missed
    took = time.monotonic() - began
    return report(LoopReport(loop, clock(), done, failed, took))


def _run_step(
    loop: str,
    step: Callable[..., bool],
    clock: Callable[[], datetime],
    budget: int,
    deadline: float,
) -> tuple[int, int]:
    done = failed = in_a_row = 0
    while done + failed < budget and not is_stopping() and time.monotonic() < deadline:
        try:
            if not step(now=clock()):
                break
        except Exception:  # the boundary of the loop: one bad row never stops the others
            logger.exception("loop step failed", extra={"loop": loop})
            drop_broken_connection()
            failed, in_a_row = failed + 1, in_a_row + 1
            if in_a_row == FAILURES_IN_A_ROW:
                break
        else:
            done, in_a_row = done + 1, 0
    return done, failed


def call_all(names: Iterable[str], call: Callable[[str], object]) -> None:
    """Call each name in turn; one that raises is logged and the rest still run."""
    for name in names:
        if is_stopping():
            return
        with log_fields(loop=name, tick=new_id()):
            try:
                call(name)
            except Exception:  # the boundary of the embedded clock
                logger.exception("loop failed", extra={"loop": name})

"""Call the periodic loops in this process, each when its period is over.

Celery's beat and its workers do this where there is a broker.
"""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

from hossagent.lib import loops

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hossagent.schedule import Loop

# After a stop is asked for, the row in hand may take this long; then the process ends.
# Every row is safe to leave at any point, so waiting longer would protect nothing.
GRACE_SECONDS = 10


def run(
    wanted: Sequence[Loop],
    call: Callable[[str], object],
    *,
    after_round: Callable[[], None],
    monotonic: Callable[[], float] = time.monotonic,
    wait: Callable[[float], bool] = loops.wait_for_stop,
) -> None:
    """Call each loop when its period is over, in the given order, until a stop is asked for.

    A period starts at the end of the last call, so a slow loop never runs twice in a row
    before the others have had their turn.
    """
    due = dict.fromkeys((loop.task for loop in wanted), monotonic())
    while not loops.is_stopping():
        for loop in wanted:
            if due[loop.task] <= monotonic():
                loops.call_all([loop.task], call)
                due[loop.task] = monotonic() + loop.seconds
        after_round()
        if wait(max(min(due.values()) - monotonic(), 0.01)):
            return


def stop_on_signals() -> None:
    """SIGTERM, SIGINT and SIGHUP end the loops after the row in hand, or after the grace."""

    def stop(*_: object) -> None:
        loops.request_stop()
        signal.alarm(GRACE_SECONDS)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop)

"""A sign of life: one line an hour from each process, however little it has to do."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from dataclasses import dataclass, field

logger = logging.getLogger("hossagent.alive")

EVERY_SECONDS = 3600.0


@dataclass
class Pulse:
    """Adds up what a process does, and says so once an hour."""

    since: float = field(default_factory=time.monotonic)
    counts: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def beat(self, *, at: float, **counts: int) -> None:
        """Count, and write the line when the hour is over."""
        with self.lock:
            self.counts.update(counts)
            if at - self.since < EVERY_SECONDS:
                return
            told, self.counts, self.since = dict(self.counts), Counter(), at
        logger.info("alive", extra=told)


_process = Pulse()


def beat(**counts: int) -> None:
    """Called wherever a process comes by often: after a request, a tick, a loop."""
    _process.beat(at=time.monotonic(), **counts)

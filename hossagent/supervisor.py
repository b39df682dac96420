"""Keeps a handful of programs running: restarts what ends, stops everything on request."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

logger = logging.getLogger("hossagent.supervisor")

FIRST_WAIT = 0.5
LONGEST_WAIT = 30.0
# A program that ran this long was healthy: its next end is a first one again.
HEALTHY_AFTER = 60.0
LOOK_EVERY = 0.2


@dataclass
class Child:
    """One program to keep running."""

    name: str
    argv: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    restart_at: float = 0.0
    wait: float = FIRST_WAIT

    def start(self, *, at: float) -> None:
        """Start it in a session of its own: Ctrl-C reaches the supervisor alone, which
        then stops its children in order."""
        launcher = [sys.executable, "-m", "hossagent.child", str(os.getpid())]
        self.process = subprocess.Popen(  # noqa: S603 # our own command lines
            [*launcher, *self.argv], start_new_session=True
        )
        self.started_at = at

    def signal(self, number: signal.Signals) -> None:
        """To the program and everything it started."""
        if self.process is not None and self.process.poll() is None:
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                return


@dataclass
class Supervisor:
    """Runs its children until `stop()`; each that ends is started again, after a pause
    that doubles from half a second to thirty seconds while it keeps ending."""

    children: list[Child]
    grace: float = 12.0
    stopping: bool = field(default=False)

    def run(self) -> None:
        """Until a stop is asked for; nothing is left running afterwards."""
        for child in self.children:
            child.start(at=time.monotonic())
        try:
            while not self.stopping:
                self.look(at=time.monotonic())
                time.sleep(LOOK_EVERY)
        finally:
            self.stop_children()

    def stop(self, *_: object) -> None:
        """Signal handler: end the run."""
        self.stopping = True

    def look(self, *, at: float) -> None:
        """Start again what has ended and waited for its turn."""
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                self._ended(child, at=at)
            elif child.process is None and child.restart_at <= at:
                child.start(at=at)

    def _ended(self, child: Child, *, at: float) -> None:
        assert child.process is not None
        if at - child.started_at >= HEALTHY_AFTER:
            child.wait = FIRST_WAIT
        logger.warning(
            "%s ended with code %s, starting again in %.1f s",
            child.name,
            child.process.returncode,
            child.wait,
        )
        child.process, child.restart_at = None, at + child.wait
        child.wait = min(child.wait * 2, LONGEST_WAIT)

    def stop_children(self) -> None:
        """SIGTERM to all; SIGKILL to what is still there after the grace."""
        for child in self.children:
            child.signal(signal.SIGTERM)
        deadline = time.monotonic() + self.grace
        for child in self.children:
            if child.process is None:
                continue
            try:
                child.process.wait(timeout=max(deadline - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                logger.warning("%s did not end in time and is killed", child.name)
                child.signal(signal.SIGKILL)
                child.process.wait()

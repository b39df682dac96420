"""Keep a few programs running: restart what ends, and stop everything on request."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hossagent.lib import pulse

if TYPE_CHECKING:
    from collections.abc import Sequence

logger = logging.getLogger("hossagent.supervisor")

FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 30.0
# A program that ran this long was healthy: its next end is a first one again.
HEALTHY_AFTER_SECONDS = 60.0
CHECK_EVERY_SECONDS = 0.2


@dataclass
class Child:
    """One program to keep running. `wait` is the pause before its next restart."""

    name: str
    argv: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    restart_at: float = 0.0
    wait: float = FIRST_WAIT_SECONDS

    def start(self, *, at: float) -> None:
        """Start it in a session of its own: Ctrl-C reaches the supervisor alone, which
        then stops its children in order."""
        launcher = [sys.executable, "-m", "hossagent.embedded.child", str(os.getpid())]
        self.process = subprocess.Popen(  # noqa: S603 # our own command lines
            [*launcher, *self.argv], start_new_session=True
        )
        self.started_at = at

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program and to everything that it started."""
        if self.process is not None and self.process.poll() is None:
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                return


@dataclass
class Supervisor:
    """Runs its children until `stop()`. A child that ends is started again, after a pause
    that doubles from half a second to thirty seconds while it keeps ending."""

    children: list[Child]
    grace: float = 12.0
    stopping: bool = field(default=False)

    def run(self) -> None:
        """Keep the children running until a stop is asked for; none is left afterwards."""
        for child in self.children:
            child.start(at=time.monotonic())
        try:
            while not self.stopping:
                self.restart_ended(at=time.monotonic())
                pulse.beat()
                time.sleep(CHECK_EVERY_SECONDS)
        finally:
            self.stop_children()

    def stop(self, *_: object) -> None:
        """End the run; also a signal handler."""
        self.stopping = True

    def restart_ended(self, *, at: float) -> None:
        """Note which children have ended, and start those whose pause is over."""
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                self._schedule_restart(child, at=at)
            elif child.process is None and child.restart_at <= at:
                child.start(at=at)

    def _schedule_restart(self, child: Child, *, at: float) -> None:
        assert child.process is not None
        if at - child.started_at >= HEALTHY_AFTER_SECONDS:
            child.wait = FIRST_WAIT_SECONDS
        logger.warning(
            "%s ended with code %s, starting again in %.1f s",
            child.name,
            child.process.returncode,
            child.wait,
        )
        child.process, child.restart_at = None, at + child.wait
        child.wait = min(child.wait * 2, LONGEST_WAIT_SECONDS)

    def stop_children(self) -> None:
        """Send SIGTERM to all, and SIGKILL to those still running after the grace."""
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

"""The supervisor on real processes: restarts with back-off, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from typing import TYPE_CHECKING

import pytest

from hossagent.config import BASE_DIR
from hossagent.embedded.supervisor import Child, Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]
# A program that ignores SIGTERM, and one with a child of its own that does.
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)",
]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A zombie is dead; only its parent has not asked yet.
    status = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout
    return bool(status) and not status.startswith("Z")


def eventually(fact: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if fact():
            return True
        time.sleep(0.05)
    return fact()


def pid_of(child: Child) -> int:
    assert child.process is not None
    return child.process.pid


@pytest.fixture
def supervisor() -> Supervisor:
    return Supervisor([Child("sleeper", SLEEPER)], grace=1)


def test_what_ends_is_started_again_with_growing_pauses(supervisor: Supervisor) -> None:
    child = Child("short", [sys.executable, "-c", "pass"])
    supervisor.children.append(child)
    pauses = []
    at = 0.0
    for _ in range(3):
        child.start(at=at)
        assert child.process is not None
        child.process.wait()
        supervisor.restart_ended(at=at)
        pauses.append(child.restart_at - at)
        at = child.restart_at

    assert pauses == [0.5, 1.0, 2.0]
    supervisor.stop_children()


def test_a_program_that_ran_long_is_started_again_at_once() -> None:
    child = Child("short", [sys.executable, "-c", "pass"], wait=16.0)
    supervisor = Supervisor([child])
    child.start(at=0.0)
    assert child.process is not None
    child.process.wait()

    supervisor.restart_ended(at=60.0)

    assert child.restart_at == 60.5


def test_a_stop_kills_children_that_do_not_end(supervisor: Supervisor) -> None:
    supervisor.children.append(Child("stubborn", STUBBORN))
    for child in supervisor.children:
        child.start(at=0.0)
    pids = [pid_of(child) for child in supervisor.children]
    time.sleep(0.5)  # the stubborn one needs a moment to become stubborn

    supervisor.stop_children()

    assert [is_alive(pid) for pid in pids] == [False, False]


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")
def test_kill_9_of_the_supervisor_leaves_nothing_behind(tmp_path: Path) -> None:
    program = textwrap.dedent(
        f"""
        import pathlib, time
        from hossagent.embedded.supervisor import Child, Supervisor
        children = [Child("a", {SLEEPER!r}), Child("b", {SLEEPER!r})]
        for child in children: child.start(at=0.0)
        time.sleep(0.5)
        pathlib.Path({str(tmp_path / "pids")!r}).write_text(
            " ".join(str(child.process.pid) for child in children))
        time.sleep(60)
        """
    )
    parent = subprocess.Popen([sys.executable, "-c", program], cwd=BASE_DIR)
    assert eventually((tmp_path / "pids").exists)
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert [is_alive(pid) for pid in pids] == [True, True]

    parent.send_signal(signal.SIGKILL)
    parent.wait()

    assert eventually(lambda: not any(is_alive(pid) for pid in pids))

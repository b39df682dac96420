"""`manage.py up` on real processes: it restarts what dies and leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest

from tests.faults.machine import eventually, is_alive

if TYPE_CHECKING:
    from tests.faults.machine import Machine

pytestmark = [pytest.mark.slow, pytest.mark.sqlite]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as page:
            return bool(page.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def descendants(pid: int) -> list[int]:
    listed = subprocess.run(
        ["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False
    ).stdout
    children = [int(child) for child in listed.split()]
    return children + [grandchild for child in children for grandchild in descendants(child)]


@pytest.fixture
def up(machine: Machine) -> tuple[subprocess.Popen[bytes], int]:
    port = free_port()
    process = machine.start_manage("up", "--bind", f"127.0.0.1:{port}")
    assert eventually(lambda: answers(port), seconds=60), machine.output()
    return process, port


def test_links_lead_to_where_it_listens(up: tuple[subprocess.Popen[bytes], int]) -> None:
    """Those of its mails, too: they have the same base as the site map."""
    _, port = up

    with urllib.request.urlopen(f"http://127.0.0.1:{port}/sitemap.xml", timeout=5) as page:
        hosts = set(re.findall(r"<loc>(https?://[^/]+)/", page.read().decode()))

    assert hosts == {f"http://127.0.0.1:{port}"}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_nothing_is_left_behind(
    up: tuple[subprocess.Popen[bytes], int], number: signal.Signals
) -> None:
    process, port = up
    everybody = descendants(process.pid)
    # gunicorn with two workers, and two clocks
    assert eventually(lambda: len(descendants(process.pid)) == 5)

    process.send_signal(number)
    process.wait(timeout=30)

    assert eventually(lambda: not any(is_alive(pid) for pid in everybody), seconds=20)
    assert not answers(port)


def test_what_dies_is_started_again(
    up: tuple[subprocess.Popen[bytes], int], machine: Machine
) -> None:
    process, port = up
    assert eventually(lambda: len(descendants(process.pid)) == 5)
    first = descendants(process.pid)

    for pid in first:
        os.kill(pid, signal.SIGKILL)

    assert eventually(lambda: len(set(descendants(process.pid)) - set(first)) == 5, seconds=30)
    assert eventually(lambda: answers(port), seconds=30)
    # Who died in the middle of a cycle holds its customer for minutes.
    machine.let_leases_end()
    runs = machine.count("agents_cyclerun")
    assert eventually(lambda: machine.count("agents_cyclerun") > runs, seconds=30)

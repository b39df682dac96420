"""The log of an installation that has nothing to do: whole ticks go by without a line."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from tests.faults.machine import eventually
from tests.faults.test_up import free_port

if TYPE_CHECKING:
    from tests.faults.machine import Machine

pytestmark = pytest.mark.slow(minutes=1)

CELERY = [sys.executable, "-m", "celery", "-A", "hossagent", "--quiet"]
# Loops that come by every few seconds, in each of the queues.
OFTEN = "'agents.send_due', 'agents.sandbox_reply', 'billing.process_events'"


def runs(machine: Machine) -> int:
    """Of the slowest of those loops; written down every fifteen seconds."""
    found = machine.sql(f"SELECT runs FROM agents_heartbeat WHERE loop IN ({OFTEN})")
    return min((number for (number,) in found), default=0) if len(found) == 3 else 0


@pytest.mark.usefixtures("broker")
def test_idle_ticks_write_nothing_and_each_line_is_json(machine: Machine) -> None:
    # Celery warns of running as root, as a container for tests does.
    machine.environment |= {
        "RELEASE_MODE": "TRUE",
        "BASE_URL": "https://app.agency.test",
        "PYTHONWARNINGS": "ignore",
    }
    names = ("beat", "worker", "ops")
    machine.start(*CELERY, "beat", log="beat")
    machine.start(*CELERY, "worker", "-Q", "dispatch,send", "-c", "2", "-n", "a@h", log="worker")
    machine.start(*CELERY, "worker", "-Q", "ops", "-c", "2", "-n", "b@h", log="ops")
    assert eventually(lambda: runs(machine) > 0, seconds=90), machine.output("worker")
    started = {name: machine.output(name).splitlines() for name in names}

    before = runs(machine)
    assert eventually(lambda: runs(machine) >= before + 10, seconds=90), runs(machine)

    assert {name: machine.output(name).splitlines() for name in names} == started
    roles = {name: {json.loads(line)["role"] for line in started[name]} for name in names}
    assert roles == {"beat": {"beat"}, "worker": {"worker"}, "ops": {"worker"}}


def test_an_idle_up_writes_nothing(machine: Machine) -> None:
    machine.start_manage("up", "--no-demo", "--bind", f"127.0.0.1:{free_port()}")
    assert eventually(lambda: runs(machine) > 0, seconds=90), machine.output()
    started = machine.output().splitlines()

    before = runs(machine)
    assert eventually(lambda: runs(machine) >= before + 10, seconds=90), runs(machine)

    assert machine.output().splitlines() == started

"""Celery on Redis: beat ticks, a real worker drains, and a killed worker costs nothing."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest
import redis

from tests.faults.machine import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.faults.machine import Machine

REDIS = os.environ.get("TEST_REDIS_URL", "")
pytestmark = [
    pytest.mark.slow(minutes=1),
    pytest.mark.skipif(not REDIS, reason="no Redis answers at TEST_REDIS_URL"),
]
CELERY = [sys.executable, "-m", "celery", "-A", "hossagent"]


@pytest.fixture
def broker(machine: Machine) -> Iterator[redis.Redis]:
    client = redis.Redis.from_url(REDIS)
    client.flushdb()
    machine.environment["REDIS_URL"] = REDIS
    yield client
    machine.stop_all()
    client.flushdb()
    client.close()


def worker(*queues: str) -> list[str]:
    return [*CELERY, "worker", "-Q", ",".join(queues), "-c", "2", "--without-gossip"]


def test_beat_and_workers_run_passes_and_survive_a_kill(
    machine: Machine, broker: redis.Redis
) -> None:
    assert machine.run("seed_demo").returncode == 0
    machine.start(*CELERY, "beat", "--schedule", str(machine.folder / "beat"), log="beat")
    first = machine.start(*worker("dispatch", "send"), log="worker")
    machine.start(*worker("ops"), log="ops")

    assert eventually(lambda: machine.count("agents_cyclerun") >= 15, seconds=60), machine.output(
        "worker"
    )
    os.killpg(os.getpgid(first.pid), 0)
    first.send_signal(signal.SIGKILL)
    first.wait()
    machine.let_leases_end()
    before = machine.count("agents_cyclerun")
    machine.start(*worker("dispatch", "send"), log="second")

    assert eventually(lambda: machine.count("agents_cyclerun") > before, seconds=60)
    assert eventually(lambda: machine.count("agents_task WHERE status = 'done'") > 0, seconds=60), (
        machine.output("ops")
    )

    # A loop reports at the end of its round, and a round may still be on its way.
    def loops() -> set[str]:
        return {name for (name,) in machine.sql("SELECT loop FROM agents_heartbeat")}

    expected = {"agents.drain", "agents.send_due", "accounts.send_outbox"}
    assert eventually(lambda: expected <= loops(), seconds=60), (loops(), machine.output("second"))

"""Celery on Redis: beat ticks, a real worker drains, and a killed worker costs nothing."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from typing import TYPE_CHECKING

import pytest
from celery import Celery

from hossagent.config import BASE_DIR
from tests.faults.machine import eventually

if TYPE_CHECKING:
    import redis

    from tests.faults.machine import Machine

pytestmark = pytest.mark.slow(minutes=1)

CELERY = [sys.executable, "-m", "celery", "-A", "hossagent"]


def worker(*queues: str) -> list[str]:
    return [*CELERY, "worker", "-Q", ",".join(queues), "-c", "2", "--without-gossip"]


def test_beat_and_workers_run_passes_and_survive_a_kill(
    machine: Machine, broker: redis.Redis
) -> None:
    assert machine.run("seed_demo").returncode == 0
    beat = machine.start(*CELERY, "beat", log="beat")
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
    beat.terminate()
    assert beat.wait() == 0
    assert list(BASE_DIR.glob("celerybeat-schedule*")) == []


def test_ticks_of_another_release_are_taken_or_dropped(
    machine: Machine, broker: redis.Redis
) -> None:
    """Older arguments, what was to follow, a time to wait for, a loop that is gone, and
    something that is no message."""
    with Celery(broker=machine.environment["REDIS_URL"]) as sender:
        sender.send_task("agents.sweep", args=[17], kwargs={"fence": 3}, queue="dispatch")
        sender.send_task("agents.sweep", queue="dispatch", link=sender.signature("agents.bizdev"))
        sender.send_task("agents.sweep", queue="dispatch", countdown=86_400)
        sender.send_task("agents.bizdev", args=[17], queue="dispatch")
        broker.lpush("dispatch", _unreadable(broker))
        sender.send_task("agents.drain", queue="dispatch")
    machine.start(*worker("dispatch"), log="worker")

    def beats() -> set[str]:
        return {name for (name,) in machine.sql("SELECT loop FROM agents_heartbeat")}

    expected = {"agents.sweep", "agents.drain"}
    assert eventually(lambda: expected <= beats(), seconds=60), machine.output("worker")
    told = re.findall(r"\[TICK\].*?(?= tick=|$)", machine.output("worker"), re.MULTILINE)
    assert sorted(told) == [
        "[TICK][DISCARDED] a message that is no tick of any version",
        "[TICK][DISCARDED] task=agents.bizdev: this version has no such loop, and nothing is lost",
        "[TICK][TAKEN] task=agents.sweep came with arguments of another version; they are not used",
        "[TICK][TAKEN] task=agents.sweep came with arguments of another version; they are not used",
    ]
    assert "Traceback" not in machine.output("worker")
    assert (broker.llen("dispatch"), broker.hlen("unacked")) == (0, 0)


def test_a_malformed_message_does_not_end_the_worker(machine: Machine, broker: redis.Redis) -> None:
    """It is dropped for good: one that was given back would end the next worker."""
    with Celery(broker=machine.environment["REDIS_URL"]) as sender:
        sender.send_task("agents.sweep", queue="dispatch")
    (stored,) = broker.lrange("dispatch", 0, -1)
    broker.delete("dispatch")
    malformed = [b"{no", b"\xff\x00", b"[" * 100_000, b"9" * 5_000, b"{}", *_without_parts(stored)]
    # Taken, without what could not be handed to a child.
    deep = json.loads("[" * 700 + "]" * 700)
    taken = [
        _changed(stored, "headers", "timelimit", ["x", "y"]),
        _changed(stored, "headers", "shadow", deep),
        _changed(stored, "properties", "reply_to", deep),
        stored,
    ]
    for message in (*malformed, *taken):
        broker.lpush("dispatch", message)
    broker.hset("unacked", mapping={"a": "{no", "b": "[5]", "c": "9" * 5_000})
    broker.zadd("unacked_index", {"a": 0, "b": 0, "c": 0})
    process = machine.start(*worker("dispatch"), log="worker")

    def left() -> int:
        return int(broker.llen("dispatch")) + int(broker.hlen("unacked"))

    # What a loop has run is acknowledged, and nothing else is.
    assert eventually(lambda: machine.count("agents_heartbeat") == 1, seconds=60), machine.output(
        "worker"
    )
    # A worker looks every ten seconds for what one that is gone has held.
    assert eventually(lambda: left() == 0, seconds=60), machine.output("worker")
    told = re.findall(r"\[TICK\].*?version", machine.output("worker"))
    assert told == ["[TICK][DISCARDED] a message that is no tick of any version"] * (
        len(malformed) + 3
    )
    assert "Traceback" not in machine.output("worker")
    assert process.poll() is None
    process.terminate()
    process.wait()
    assert left() == 0


def _without_parts(stored: bytes | str) -> list[bytes]:
    """A tick of which something is missing or of another kind."""
    return [
        _changed(stored, "", "properties", None),
        _changed(stored, "", "body", 17),
        _changed(stored, "", "headers", [1]),
        _changed(stored, "", "headers", {"task": "agents.sweep"}),
        _changed(stored, "headers", "task", {}),
        _changed(stored, "headers", "task", "celery.group"),
        _changed(stored, "headers", "id", 5),
        _changed(stored, "properties", "delivery_tag", [1]),
        _changed(stored, "properties", "delivery_tag", None),
        _changed(stored, "properties", "delivery_tag", "\ud800"),
        _changed(stored, "properties", "delivery_info", None),
        _changed(stored, "properties", "body_encoding", "rot13"),
    ]


def _changed(stored: bytes | str, part: str, name: str, value: object) -> bytes:
    """The stored message under an identity of its own, with one field changed."""
    message = json.loads(stored)
    message["properties"]["delivery_tag"] = f"{part} {name}"
    (message[part] if part else message)[name] = value
    return json.dumps(message).encode()


def _unreadable(broker: redis.Redis) -> bytes:
    """A stored message with a body in a form that nobody reads here."""
    (stored,) = broker.lrange("dispatch", -1, -1)
    message = json.loads(stored)
    message["content-type"] = "application/x-python-serialize"
    return json.dumps(message).encode()

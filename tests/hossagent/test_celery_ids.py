"""Ids travel with a task from whoever queues it to the worker's lines, and end with it."""

from __future__ import annotations

from typing import Any

import pytest
from celery import signals
from celery.app.task import Context

from hossagent.lib.log_fields import HEADER, current_fields, log_fields


class FakeTask:
    """What Celery's signals tell of a task that begins."""

    name = "agents.sweep"

    def __init__(self, headers: dict[str, Any]) -> None:
        self.request = Context(headers)


def published() -> dict[str, Any]:
    headers: dict[str, Any] = {}
    signals.before_task_publish.send(sender="agents.sweep", headers=headers)
    return headers


def begin(task_id: str, headers: dict[str, Any]) -> dict[str, str]:
    signals.task_prerun.send(sender=None, task_id=task_id, task=FakeTask(headers))
    return dict(current_fields())


def end(task_id: str) -> dict[str, str]:
    signals.task_postrun.send(sender=None, task_id=task_id)
    return dict(current_fields())


def test_a_task_carries_the_ids_of_the_request_that_queued_it() -> None:
    with log_fields(request="r1", loop="agents.drain", tick="t1", customer=5):
        headers = published()

    fields = begin("c1", headers)

    assert fields == {
        "request": "r1",
        "tick": "t1",
        "customer": "5",
        "loop": "agents.sweep",
        "task": "c1",
    }
    assert end("c1") == {}


def test_a_tick_of_beat_gets_an_id_of_its_own() -> None:
    headers = published()
    first, _ = begin("c1", headers), end("c1")
    second, _ = begin("c2", headers), end("c2")

    assert headers == {}
    assert set(first) == set(second) == {"tick", "loop", "task"}
    assert first["tick"] != second["tick"]


@pytest.mark.parametrize("header", [{"request": "a\nb"}, {"level": "FINE"}, {"request": 5}, "r1"])
def test_what_does_not_look_like_an_id_is_dropped(header: object) -> None:
    fields = begin("c1", {HEADER: header})

    assert end("c1") == {}
    assert set(fields) == {"tick", "loop", "task"}

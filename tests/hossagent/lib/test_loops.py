"""Loops over rows: bounded, isolated, stoppable, observed."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from django.db import OperationalError, connection

from hossagent.lib import loops
from hossagent.lib.log_fields import current_fields
from tests.conftest import NOON

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def reports() -> Iterator[list[loops.LoopReport]]:
    """What the observers were told; the product's own observers step aside."""
    told: list[loops.LoopReport] = []
    observers, loops._observers[:] = list(loops._observers), [told.append]
    yield told
    loops._observers[:] = observers
    loops._stop.clear()


def steps(script: str) -> Callable[..., bool]:
    """A step that plays `script`, `+` for a row done and `!` for one that raises, and
    then has nothing to do."""
    left = list(script)

    def step(*, now: datetime) -> bool:
        if not left:
            return False
        if left.pop(0) == "!":
            raise ValueError("a bad row")
        return True

    return step


def run(*given: Callable[..., bool], **bounds: float) -> tuple[int, int]:
    report = loops.run_loop("test", *given, clock=lambda: NOON, **bounds)  # type: ignore[arg-type] # int or float
    return report.done, report.failed


def test_a_loop_runs_each_step_until_it_has_nothing_to_do() -> None:
    assert run(steps("++"), steps("+")) == (3, 0)


def test_a_failing_row_does_not_stop_the_others() -> None:
    assert run(steps("!+!+"), steps("+")) == (3, 2)


def test_three_failures_in_a_row_end_that_step_only() -> None:
    assert run(steps("!!!!!!!!!+"), steps("+")) == (1, 3)


def test_the_budget_is_shared_by_the_steps() -> None:
    assert run(steps("+++++++++"), steps("+++++++++"), budget=10) == (10, 0)


def test_no_row_is_begun_after_the_time_is_up() -> None:
    assert run(steps("+"), seconds=0) == (0, 0)


def test_a_stop_ends_the_loop_after_the_row_in_hand() -> None:
    def stop(*, now: datetime) -> bool:
        loops.request_stop()
        return True

    assert run(stop, steps("+")) == (1, 0)


def test_every_run_is_reported(reports: list[loops.LoopReport]) -> None:
    run(steps("+!"))

    assert reports == [loops.LoopReport("test", NOON, 1, 1)]


def test_a_single_call_is_reported_too(reports: list[loops.LoopReport]) -> None:
    loops.run_once("test", lambda: 3, clock=lambda: NOON, is_beat=False)

    assert reports == [loops.LoopReport("test", NOON, 3, 0, is_beat=False)]


def test_a_call_that_raises_is_no_beat(reports: list[loops.LoopReport]) -> None:
    def broken() -> int:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        loops.run_once("test", broken, clock=lambda: NOON)

    assert reports == [loops.LoopReport("test", NOON, 0, 1, is_beat=False)]


def test_a_loop_that_did_nothing_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "hossagent.loops")
    run(steps(""))
    run(steps("++"))

    told = [(line.getMessage(), line.loop, line.done) for line in caplog.records]  # type: ignore[attr-defined] # its extras
    assert told == [("loop done", "test", 2)]


def test_each_loop_of_a_round_has_an_id_of_its_own() -> None:
    seen: list[dict[str, str]] = []
    loops.call_all(["a", "b"], lambda name: seen.append(dict(current_fields())))

    assert [fields["loop"] for fields in seen] == ["a", "b"]
    assert seen[0]["tick"] != seen[1]["tick"]
    assert dict(current_fields()) == {}


def test_a_broken_observer_does_not_stop_the_work(reports: list[loops.LoopReport]) -> None:
    def broken(report: loops.LoopReport) -> None:
        raise RuntimeError

    loops._observers.insert(0, broken)

    assert run(steps("+")) == (1, 0)
    assert len(reports) == 1


def test_one_broken_loop_does_not_stop_the_next() -> None:
    called = []

    def call(name: str) -> None:
        called.append(name)
        if name == "a":
            raise RuntimeError

    loops.call_all(["a", "b"], call)

    assert called == ["a", "b"]


def test_a_stop_ends_the_round_of_loops() -> None:
    called = []

    def call(name: str) -> None:
        called.append(name)
        loops.request_stop()

    loops.call_all(["a", "b"], call)

    assert called == ["a"]
    assert loops.wait_for_stop(60)


def test_an_observer_is_told_once_however_often_it_asks(reports: list[loops.LoopReport]) -> None:
    told: list[loops.LoopReport] = []
    for _ in range(2):
        loops.on_report(told.append)

    run(steps("+"))

    assert told == reports == [loops.LoopReport("test", NOON, 1, 0)]


@pytest.mark.django_db(transaction=True)
def test_a_connection_of_no_use_is_replaced_before_the_next_row() -> None:
    connection.ensure_connection()
    assert connection.connection is not None

    def break_it(*, now: datetime) -> bool:
        # What a server that went away leaves behind.
        connection.errors_occurred = True
        connection.connection.close()
        raise OperationalError

    assert run(break_it, steps("+")) == (1, 3)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)

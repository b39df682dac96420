"""Batches: each once, in order, again after a failure, and over when nothing is left."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from agents.backfills.definitions import DEFINITIONS, Definition
from agents.backfills.services import batches, control
from agents.models import Backfill, Lead
from hossagent.lib import loops
from tests.conftest import NOON
from tests.factories import LeadFactory
from tests.helpers.backfills import start

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)


def left() -> QuerySet[Lead]:
    return Lead.objects.filter(phone="")


def fill(keys: Sequence[int]) -> int:
    return left().filter(pk__in=keys).update(phone="filled")


@pytest.fixture(autouse=True)
def phones(monkeypatch: pytest.MonkeyPatch) -> Backfill:
    """A backfill of leads without a phone, two rows at a time."""
    monkeypatch.setattr(batches, "BATCH", 2)
    monkeypatch.setitem(DEFINITIONS, "phones", Definition("phones", "Fills", left, fill))
    return start("phones")


def use(monkeypatch: pytest.MonkeyPatch, filler: Any) -> None:
    monkeypatch.setitem(DEFINITIONS, "phones", Definition("phones", "Fills", left, filler))


def state() -> tuple[str, int, int | None]:
    row = Backfill.objects.get(name="phones")
    return row.status, row.done, row.total


def test_it_fills_batch_by_batch_until_it_is_done() -> None:
    LeadFactory.create_batch(3, phone="")
    states = []

    while batches.fill_next(now=NOON):
        states.append(state())

    assert states == [("running", 2, 3), ("running", 3, 3), ("done", 3, 3)]
    assert left().count() == 0


def test_without_rows_it_is_done_at_once() -> None:
    assert batches.fill_next(now=NOON)
    assert (state(), batches.fill_next(now=NOON)) == (("done", 0, 0), False)


def test_when_nothing_is_due_it_costs_one_query() -> None:
    Backfill.objects.filter(name="phones").move(source="running", target="paused", due_at=None)

    with CaptureQueriesContext(connection) as captured:
        assert not batches.fill_next(now=NOON)

    assert len([query for query in captured if "agents_backfill" in query["sql"]]) == 1


def test_a_failed_batch_changes_nothing_and_is_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    LeadFactory.create_batch(3, phone="")

    def break_half_way(keys: Sequence[int]) -> int:
        fill(keys[:1])
        raise OSError("the disk is full")

    use(monkeypatch, break_half_way)
    with pytest.raises(batches.BatchFailed, match="phones: OSError: the disk is full"):
        batches.fill_next(now=NOON)
    row = Backfill.objects.get(name="phones")
    untouched = left().count()
    use(monkeypatch, fill)
    while batches.fill_next(now=LATER):
        pass

    assert (row.status, row.attempts, row.due_at) == ("running", 1, NOON + batches.PAUSE)
    assert (row.error, untouched) == ("After row 0: OSError: the disk is full", 3)
    assert state() == ("done", 3, 3)


def test_a_worker_that_is_killed_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    LeadFactory.create_batch(3, phone="")

    def killed_half_way(keys: Sequence[int]) -> int:
        fill(keys[:1])
        raise KeyboardInterrupt

    use(monkeypatch, killed_half_way)
    with pytest.raises(KeyboardInterrupt):
        batches.fill_next(now=NOON)
    dead = (state(), left().count())
    use(monkeypatch, fill)
    while batches.fill_next(now=NOON):
        pass

    assert (dead, state()) == ((("running", 0, None), 3), ("done", 3, 3))


def fill_ten_batches() -> None:
    for _ in range(10):
        batches.fill_next(now=NOON)


def fail_to_the_end() -> int:
    """How often a batch failed until no further one was due."""
    failures, now = 0, NOON
    while Backfill.objects.get(name="phones").status == "running":
        assert failures < 50, "it is tried forever"
        try:
            batches.fill_next(now=now)
        except batches.BatchFailed:
            failures += 1
        now += batches.PAUSE
    return failures


def test_after_five_failures_a_person_has_to_look(monkeypatch: pytest.MonkeyPatch) -> None:
    LeadFactory.create(phone="")

    def broken(keys: Sequence[int]) -> int:
        raise OSError("the disk is full")

    use(monkeypatch, broken)
    tries = fail_to_the_end()

    row = Backfill.objects.get(name="phones")
    assert (tries, row.status, row.error) == (5, "failed", "After row 0: OSError: the disk is full")


def test_rows_that_others_held_are_filled_in_the_next_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, *_ = LeadFactory.create_batch(3, phone="")
    use(monkeypatch, lambda keys: fill([key for key in keys if key != first.pk]))
    while batches.fill_next(now=NOON):
        pass
    held = state()
    use(monkeypatch, fill)

    while batches.fill_next(now=LATER):
        pass

    assert (held, state()) == (("running", 2, 3), ("done", 3, 3))


def test_rows_that_cannot_be_filled_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pass that fills nothing would be repeated forever."""
    LeadFactory.create_batch(2, phone="")
    use(monkeypatch, lambda _: 0)

    passes = fail_to_the_end()

    row = Backfill.objects.get(name="phones")
    assert (passes, row.status, row.error.split(": ")[2]) == (
        *(5, "failed", "A whole pass filled none of the 2 rows left."),
    )


def test_rows_held_for_a_whole_pass_are_filled_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are behind the cursor when they are free again."""
    LeadFactory.create_batch(3, phone="")
    use(monkeypatch, lambda _: 0)
    fail_to_the_end()
    use(monkeypatch, fill)

    control.resume("phones", by="hoss@hossagent.test", now=LATER)
    while batches.fill_next(now=LATER + batches.NEXT_PASS):
        pass

    assert state() == ("done", 3, 3)


def test_a_try_after_a_fruitless_pass_is_a_new_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    LeadFactory.create_batch(3, phone="")
    use(monkeypatch, lambda _: 0)
    with pytest.raises(batches.BatchFailed):
        fill_ten_batches()
    use(monkeypatch, fill)

    while batches.fill_next(now=LATER):
        pass

    assert state() == ("done", 3, 3)


def test_what_a_row_says_stands_in_no_error(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Postgres quotes the row that breaks a rule: an email, with subject and body."""
    LeadFactory.create(phone="")

    def broken(keys: Sequence[int]) -> int:
        raise IntegrityError("new row\0breaks a rule\nDETAIL: Failing row contains (Dear Grace).")

    use(monkeypatch, broken)
    loops.run_loop("agents.backfill", batches.fill_next, clock=lambda: NOON)

    row = Backfill.objects.get(name="phones")
    assert row.error == "After row 0: IntegrityError: new row breaks a rule"
    assert ("breaks a rule" in caplog.text, "Grace" in caplog.text) == (True, False)


def test_a_name_of_another_version_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(DEFINITIONS, "phones")

    assert not batches.fill_next(now=NOON)
    assert state() == ("running", 0, None)

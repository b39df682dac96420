"""The work itself: the next thousand rows of the backfill that waits longest."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from agents.backfills.definitions import DEFINITIONS
from agents.models import Backfill
from agents.states import BackfillStatus
from hossagent.lib.text import single_line

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from agents.backfills.definitions import Definition

logger = logging.getLogger("agents.backfills")

# Rows of one transaction: some ten milliseconds in which they are held.
BATCH = 1_000
# A batch that failed is tried again after this time, at most so often.
PAUSE = timedelta(minutes=1)
MAX_ATTEMPTS = 5
# Rows that others held, or that the release before has added, are looked for again then.
NEXT_PASS = timedelta(seconds=30)


class NothingFilled(Exception):
    """Rows are left, and a whole pass over the table filled none of them."""


class BatchFailed(Exception):
    """A batch raised; it has been put back and is tried again, or a person has to look."""


def fill_next(*, now: datetime) -> bool:
    """Fill the next batch; False when none is due. Raises `BatchFailed`.

    1. Lock the backfill that waits longest; another worker takes another one.
    2. Find the next rows without a value, by key, and fill them.
    3. Write down how far it is, in the same transaction: a worker that dies leaves the batch
       as it was.
    """
    return _fill_batch_of(Backfill.objects.filter(due_at__lte=now), now=now)


def fill_one(name: str, *, now: datetime) -> bool:
    """The same for one backfill; False when it is not due, or a worker has it in hand.
    Raises `BatchFailed`."""
    return _fill_batch_of(Backfill.objects.filter(name=name, due_at__lte=now), now=now)


def _fill_batch_of(due: QuerySet[Backfill], *, now: datetime) -> bool:
    name = ""
    known = due.filter(name__in=DEFINITIONS).order_by("due_at", "pk")
    try:
        with transaction.atomic():
            row = known.select_for_update(skip_locked=True).first()
            if row is None:
                return False
            name = row.name
            _fill_batch(row, DEFINITIONS[name], now=now)
    except Exception as error:  # noqa: BLE001 # whatever a definition raises is put back and told
        says = _words_of(error)
        _reschedule_or_end(name, error, says, now=now)
        # Without the cause, whose text may quote the row: an email with its subject and body.
        raise BatchFailed(f"{name}: {says}") from None
    return True


def _words_of(error: Exception) -> str:
    """Kind and first line. Postgres quotes the whole row in the lines that follow."""
    first, *_ = str(error).splitlines() or [""]
    first = single_line(first, 500)
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def _fill_batch(row: Backfill, definition: Definition, *, now: datetime) -> None:
    left = definition.left()
    if row.total is None:
        row.total = row.done + left.count()
    following = left.filter(pk__gt=row.cursor).order_by("pk").values_list("pk", flat=True)
    keys = list(following[:BATCH])
    row.due_at = now
    if keys:
        filled = definition.fill(keys)
        if filled:
            row.attempts, row.error = 0, ""
        row.done += filled
        row.done_in_pass += filled
        row.cursor = keys[-1]
    elif left.exists():
        if row.cursor and not row.done_in_pass:
            raise NothingFilled(f"A whole pass filled none of the {left.count():,} rows left.")
        row.cursor, row.done_in_pass, row.due_at = 0, 0, now + NEXT_PASS
    else:
        _finish(row, now=now)
        return
    row.save()


def _finish(row: Backfill, *, now: datetime) -> None:
    Backfill.objects.filter(pk=row.pk).move(
        source=BackfillStatus.RUNNING,
        target=BackfillStatus.DONE,
        due_at=None,
        finished_at=now,
        total=row.total,
        attempts=0,
        error="",
    )
    logger.info("[BACKFILL] %s is done: %s rows", row.name, row.done)


def _reschedule_or_end(name: str, error: Exception, says: str, *, now: datetime) -> None:
    """Try the batch again in a while; after `MAX_ATTEMPTS` a person has to look. When a whole
    pass filled nothing, the next try is another pass: somebody may have held the rows."""
    with transaction.atomic():
        row = (
            Backfill.objects.select_for_update()
            .filter(name=name, status=BackfillStatus.RUNNING)
            .first()
        )
        if row is None:
            return
        this = Backfill.objects.filter(pk=row.pk)
        says = f"After row {row.cursor}: {says}"[:500]
        if isinstance(error, NothingFilled):
            this.update(cursor=0, done_in_pass=0)
        attempts = row.attempts + 1
        if attempts < MAX_ATTEMPTS:
            this.update(attempts=attempts, due_at=now + PAUSE, error=says)
        else:
            this.move(
                source=BackfillStatus.RUNNING,
                target=BackfillStatus.FAILED,
                attempts=attempts,
                due_at=None,
                error=says,
            )

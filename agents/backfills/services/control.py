"""An operator's word: pause a backfill, or let it go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F

from accounts.services import audit
from accounts.states import AuditAction
from agents.backfills.errors import NoSuchBackfill
from agents.models import Backfill
from agents.states import BackfillStatus

if TYPE_CHECKING:
    from datetime import datetime


def pause(name: str, *, by: str, now: datetime) -> bool:
    """Stop after the batch in hand. False when it was not running. Raises `NoSuchBackfill`."""
    with transaction.atomic():
        row = _get(name)
        moved = Backfill.objects.filter(pk=row.pk).move(
            source=BackfillStatus.RUNNING, target=BackfillStatus.PAUSED, due_at=None
        )
        if moved:
            audit.record(AuditAction.BACKFILL_PAUSED, at=now, actor=by, subject=row)
    return bool(moved)


def resume(name: str, *, by: str, now: datetime) -> bool:
    """Let it go on with another pass over the rows that are left; one that is done looks for
    rows that were added since.

    False when it is running. Raises `NoSuchBackfill`.
    """
    with transaction.atomic():
        row = _get(name)
        if row.status == BackfillStatus.RUNNING:
            return False
        anew = {"total": None} if row.status == BackfillStatus.DONE else {}
        moved = Backfill.objects.filter(pk=row.pk).move(
            source=row.status,
            target=BackfillStatus.RUNNING,
            due_at=now,
            attempts=0,
            error="",
            # Rows that were held when their turn came are behind the cursor.
            cursor=0,
            done_in_pass=0,
            finished_at=None,
            resumed_at=now,
            done_at_resume=F("done"),
            **anew,
        )
        if moved:
            change = audit.Change(before={"status": row.status}, after={"status": "running"})
            audit.record(
                AuditAction.BACKFILL_CONTINUED, at=now, actor=by, subject=row, change=change
            )
    return bool(moved)


def _get(name: str) -> Backfill:
    """The row, locked: the batch in hand ends first."""
    row = Backfill.objects.select_for_update().filter(name=name).first()
    if row is None:
        raise NoSuchBackfill(f"There is no backfill {name!r}. `manage.py backfills` lists them.")
    return row

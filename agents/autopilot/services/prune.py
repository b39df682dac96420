"""Deletes old records in small batches, so that no log grows without bound."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Max

from agents.models import CycleRun, ImportJob, LeadSourceRun, SendAttempt
from agents.outreach.services.send import forget_hours_next
from agents.states import CycleOutcome

if TYPE_CHECKING:
    from datetime import datetime

BATCH = 5_000
# A run that found nothing to do is of interest for an afternoon only: with thousands of
# customers, these are the most numerous rows of all.
KEEP_IDLE_RUNS = timedelta(hours=6)
KEEP_RUNS = timedelta(days=30)
WITHOUT_WORK = (CycleOutcome.IDLE, CycleOutcome.SKIPPED)
WITH_WORK = tuple(outcome for outcome in CycleOutcome if outcome not in WITHOUT_WORK)


def prune_next(*, now: datetime) -> bool:
    """Delete one batch of old records; False when there are none."""
    return forget_hours_next(now=now) or any(
        _delete(rows)
        for rows in (
            CycleRun.objects.filter(outcome__in=WITHOUT_WORK, started_at__lt=now - KEEP_IDLE_RUNS),
            CycleRun.objects.filter(outcome__in=WITH_WORK, started_at__lt=now - KEEP_RUNS),
            LeadSourceRun.objects.filter(at__lt=now - KEEP_RUNS),
            ImportJob.objects.filter(uploaded_at__lt=now - KEEP_RUNS),
            _surplus_attempts(),
        )
    )


def _surplus_attempts() -> Any:
    """Attempts beyond the newest LOG_KEEP_ENTRIES; keys only grow, so a bound suffices."""
    newest = SendAttempt.objects.aggregate(newest=Max("pk"))["newest"] or 0
    if newest <= settings.CONFIG.LOG_KEEP_ENTRIES:
        return SendAttempt.objects.none()
    edge = (
        SendAttempt.objects.order_by("-pk")
        .values_list("pk", flat=True)[
            settings.CONFIG.LOG_KEEP_ENTRIES - 1 : settings.CONFIG.LOG_KEEP_ENTRIES
        ]
        .first()
    )
    return SendAttempt.objects.filter(pk__lt=edge) if edge else SendAttempt.objects.none()


def _delete(rows: Any) -> bool:
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
    if not keys:
        return False
    rows.model.objects.filter(pk__in=keys).delete()
    return True

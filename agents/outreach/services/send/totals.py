"""What was sent so far, added up: a number that only grows, and costs nothing to read.

Each email and each hour's quota is in the totals or still a row of its own, never in both.
`agents.reports` reads totals and rows in one statement.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Count, F, Sum

from agents.models import HourlyQuota, Message, SendTotals
from agents.states import MessageMode, MessageStatus
from hossagent.lib.calendars import hour_of

KEEP_QUOTAS = timedelta(days=7)
# An email gets its time before its transaction ends, so the newest hours may still change.
SETTLED_AFTER = timedelta(hours=1)
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)

# Which column counts an email of this mode that ended like this. None of these ever changes.
COLUMNS = {
    (MessageMode.LIVE, MessageStatus.SENT): "live_sent",
    (MessageMode.LIVE, MessageStatus.FAILED): "live_failed",
    (MessageMode.DRY_RUN, MessageStatus.DRY_RUN): "dry_run_written",
    (MessageMode.DRY_RUN, MessageStatus.FAILED): "dry_run_failed",
}


def add_up_next(*, now: datetime) -> bool:
    """Add the emails of the hours that are over to the totals; False when there were none."""
    until = hour_of(now) - SETTLED_AFTER
    with transaction.atomic():
        since = _lock().counted_until
        if since >= until:
            return False
        ended = Message.objects.filter(
            finished_at__gte=since,
            finished_at__lt=until,
            status__in={status for _, status in COLUMNS},
        )
        found = ended.order_by().values_list("mode", "status").annotate(n=Count("pk"))
        grown = {COLUMNS[mode, status]: n for mode, status, n in found}
        SendTotals.objects.update(
            counted_until=until, **{name: F(name) + n for name, n in grown.items()}
        )
    return bool(grown)


def forget_hours_next(*, now: datetime) -> bool:
    """Delete the quotas of hours long past, their slots kept in the totals; False when there
    are none."""
    with transaction.atomic():
        _lock()
        old = HourlyQuota.objects.filter(hour__lt=now - KEEP_QUOTAS)
        used = dict(old.order_by().values_list("mode").annotate(n=Sum("used")))
        if not used:
            return False
        columns = {f"{mode}_slots": number for mode, number in used.items()}
        SendTotals.objects.update(**{name: F(name) + n for name, n in columns.items()})
        old.delete()
    return True


def start_totals() -> None:
    """Make the row where it is missing; then every email and every quota is still a row."""
    SendTotals.objects.get_or_create(pk=1, defaults={"counted_until": _BEGINNING})


def _lock() -> SendTotals:
    start_totals()
    return SendTotals.objects.select_for_update().get(pk=1)

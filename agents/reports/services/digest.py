"""The operator's digest by mail, at most once for each day or week."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from accounts.services.outbox import AccountEmail, queue_mail
from agents.models import SystemSettings
from agents.reports.selectors.summary import generate_daily_summary
from hossagent.lib.calendars import local_day

if TYPE_CHECKING:
    from accounts.models import OutboxMail
    from agents.reports.selectors.summary import Summary

# The local hour from which yesterday's digest is due; Monday also brings the week's.
DIGEST_HOUR = 7
MONDAY = 0
WEEK = 7


class OperatorAddressMissing(Exception):
    """There is nobody to mail the digest to."""


def queue_digest(*, summary: Summary) -> OutboxMail:
    """Queue the digest for the operator; a second call for the same day does nothing.

    Raises `OperatorAddressMissing` when OPERATOR_EMAIL is not set.
    """
    to = settings.CONFIG.OPERATOR_EMAIL
    if not to:
        raise OperatorAddressMissing("Set OPERATOR_EMAIL to the address that reads the digest.")
    day = local_day(summary.end, summary.zone)
    return queue_mail(
        AccountEmail(kind="agents/summary", to=to, context={"summary": summary}),
        dedupe_key=f"summary:{summary.days}:{day.isoformat()}",
        now=summary.end,
    )


def queue_due_digest(*, now: datetime) -> bool:
    """Queue today's digest (and on Mondays the week's) once its hour has come.

    True when something was queued. Only one of several callers queues it: the day is
    written under a lock on the settings row.
    """
    config = settings.CONFIG
    if not config.OPERATOR_EMAIL:
        return False
    zone = config.OPERATOR_TIMEZONE
    today = local_day(now, zone)
    with transaction.atomic():
        switches = SystemSettings.objects.select_for_update().get(pk=1)
        if switches.digest_sent_on == today or now < _due_at(now, zone):
            return False
        switches.digest_sent_on = today
        switches.save(update_fields=["digest_sent_on"])
        queue_digest(summary=generate_daily_summary(now=now, zone=zone))
        if today.weekday() == MONDAY:
            queue_digest(summary=generate_daily_summary(now=now, days=WEEK, zone=zone))
    return True


def _due_at(now: datetime, zone: str) -> datetime:
    day, tz = local_day(now, zone), ZoneInfo(zone)
    return datetime.combine(day, time(DIGEST_HOUR), tzinfo=tz).astimezone(UTC)

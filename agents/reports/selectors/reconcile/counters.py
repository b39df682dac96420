"""Whether the hourly and daily counters say what left, and stay within their limits."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from agents.models import DailyQuota, HourlyQuota, Message
from agents.reports.selectors.reconcile.checks import CHUNK, LedgerCheck, live_messages_out
from agents.states import MessageStatus, QuotaMode
from hossagent.lib.calendars import hour_of, known_zone, local_day

if TYPE_CHECKING:
    from datetime import date, datetime

# Counters older than a week are pruned.
_COUNTED = timedelta(days=6)
_DAY = timedelta(days=1)


def check_hours(*, now: datetime) -> LedgerCheck:
    """Reservation and point of no return are one transaction: the numbers are equal."""
    check = LedgerCheck("Every hour's counter equals the emails of that hour")
    quotas = list(HourlyQuota.objects.order_by("hour"))
    # Of lately every mail has a counter, and before that the ones that are still kept.
    since = min([hour_of(now - _COUNTED), *(quota.hour for quota in quotas[:1])])
    counted: Counter[tuple[datetime, bool]] = Counter()
    rows = live_messages_out().filter(sending_at__gte=since).values_list("sending_at", flat=True)
    for at in rows.iterator(chunk_size=CHUNK):
        counted[hour_of(at), True] += 1  # type: ignore[arg-type] # filtered above
    dry = Message.objects.filter(status=MessageStatus.DRY_RUN, finished_at__gte=since)
    for at in dry.values_list("finished_at", flat=True).iterator(chunk_size=CHUNK):
        counted[hour_of(at), False] += 1  # type: ignore[arg-type] # not null, see the filter
    reserved: Counter[tuple[datetime, bool]] = Counter()
    for quota in quotas:
        reserved[quota.hour, quota.mode == QuotaMode.LIVE] += quota.used
    check.rows_checked = sum(counted.values())
    for key in sorted(set(counted) | set(reserved)):
        if counted[key] != reserved[key]:
            hour, is_live = key
            mode = "live" if is_live else "dry run"
            check.broken.append(
                f"{hour:%Y-%m-%d %H:00} {mode}: counter {reserved[key]}, emails {counted[key]}"
            )
    return check


def check_hourly_limit(*, now: datetime) -> LedgerCheck:
    limit = settings.CONFIG.MAX_EMAILS_PER_HOUR
    check = LedgerCheck(f"No hour has more than MAX_EMAILS_PER_HOUR ({limit}) live emails")
    quotas = HourlyQuota.objects.filter(mode=QuotaMode.LIVE)
    check.rows_checked = quotas.count()
    check.broken = [
        f"{quota.hour:%Y-%m-%d %H:00}: {quota.used}" for quota in quotas.filter(used__gt=limit)
    ]
    return check


def check_days(*, now: datetime) -> LedgerCheck:
    """A row whose day was not written down yet is of the day it is in the customer's zone."""
    check = LedgerCheck(
        "Every customer's daily counter equals the emails of that day, within its limit"
    )
    quotas = list(DailyQuota.objects.filter(mode=QuotaMode.LIVE).order_by("day"))
    # As with the hours; a day later, for a day begins when it does in the customer's zone.
    since = min([(now - _COUNTED).date() + _DAY, *(quota.day for quota in quotas[:1])])
    counted: Counter[tuple[int, date]] = Counter()
    # What no server took was given back, ever since the day is written down.
    rows = live_messages_out().exclude(status=MessageStatus.CANCELED, counted_on__isnull=False)
    rows = rows.filter(sending_at__date__gte=since - _DAY)
    fields = ("customer_id", "customer__timezone", "sending_at", "counted_on")
    for customer_id, zone, at, day in rows.values_list(*fields).iterator(chunk_size=CHUNK):
        assert at is not None, "see the filter"
        counted[customer_id, day or local_day(at, known_zone(zone))] += 1
    check.rows_checked = sum(counted.values())
    used = {(quota.customer_id, quota.day): quota.used for quota in quotas}
    for customer_id, day in sorted(counted.keys() | used.keys(), key=lambda key: (key[1], key[0])):
        counter, mails = used.get((customer_id, day), 0), counted[customer_id, day]
        if day >= since and counter != mails:
            check.broken.append(f"customer {customer_id}, {day}: counter {counter}, emails {mails}")
    check.broken += [
        f"customer {quota.customer_id}, {quota.day}: {quota.used} of {quota.limit}"
        for quota in quotas
        if quota.used > quota.limit
    ]
    return check

"""Promises about emails that left: never twice, never to the wrong person, never too many."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Count, F, Q

from agents.mode import get_clock
from agents.models import DailyQuota, HourlyQuota, Suppression
from agents.reports.selectors.invariants.scope import messages_out, written_since
from agents.states import MessageMode, QuotaMode
from agents.suppression.selectors import keys_of
from hossagent.lib.calendars import hour_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    # Whose, to which address, when.
    _Mail = tuple[int, str, datetime]

_CHUNK = 500
_DAY = timedelta(days=1)
# Counters older than a week are pruned.
_COUNTED = timedelta(days=6)


def count_copies(*, now: datetime, since: datetime | None) -> int:
    """Two mails of one customer to one address in one step, whichever lead they are of."""
    news = messages_out(since).values_list("lead__email_key", flat=True)
    twice = (
        messages_out(None)
        .filter(written_since(since) if since is None else Q(lead__email_key__in=news))
        .values("customer", "lead__email_key", "step", "mode")
        .annotate(copies=Count("pk"))
        .filter(copies__gt=1)
    )
    return len(twice)


def count_emails_to_suppressed(*, now: datetime, since: datetime | None) -> int:
    """Mails that left after their address or domain was on the list: everybody's, or the
    customer's own."""
    late = 0
    for mails in _chunks(
        messages_out(since).values_list("customer_id", "lead__email_key", "left_at")
    ):
        keys = {address: keys_of(address) for _, address, _ in mails}
        listed: dict[str, list[tuple[int | None, datetime]]] = {}
        wanted = set().union(*keys.values())
        for row in Suppression.objects.filter(value_hash__among=wanted):
            listed.setdefault(row.value_hash, []).append((row.customer_id, row.created_at))
        for customer_id, address, left_at in mails:
            late += any(
                owner in {None, customer_id} and left_at > listed_at
                for key in keys[address]
                for owner, listed_at in listed.get(key, ())
            )
    return late


def _chunks(rows: Iterable[_Mail]) -> Iterator[list[_Mail]]:
    found = list(rows)
    for start in range(0, len(found), _CHUNK):
        yield found[start : start + _CHUNK]


def count_emails_after_reply(*, now: datetime, since: datetime | None) -> int:
    """Either may be the news: the mail, or the reply that was there before it."""
    news = written_since(since, "sending_at", "finished_at", "lead__replied_at")
    late: int = messages_out(None).filter(news, left_at__gt=F("lead__replied_at")).count()
    return late


def count_above_limits(*, now: datetime, since: datetime | None) -> int:
    """Hours, days and cycles whose counter is above the limit, and hours in which more
    left than was counted."""
    config = settings.CONFIG
    sandbox = get_clock(is_fictional=True)
    start = None if since is None else hour_of(since)
    hours = HourlyQuota.objects.filter(written_since(start, "hour"))
    above = hours.filter(
        Q(used__gt=config.MAX_EMAILS_PER_HOUR) & ~Q(mode=QuotaMode.SANDBOX)
        | Q(used__gt=sandbox.allowance(config.MAX_EMAILS_PER_HOUR))
    )
    first_day = None if since is None else (since - _DAY).date()
    days = DailyQuota.objects.filter(
        Q() if first_day is None else Q(day__gte=first_day),
        Q(used__gt=F("limit")) & ~Q(mode=QuotaMode.SANDBOX)
        | Q(used__gt=F("limit") * sandbox.speed)
        | Q(cycle_used__gt=config.MAX_EMAILS_PER_CYCLE),
    )
    return above.count() + days.count() + _hours_with_uncounted_emails(now=now, start=start)


def _hours_with_uncounted_emails(*, now: datetime, start: datetime | None) -> int:
    """Hours in which more mails left than took a slot: a crash wastes one, none is free."""
    start = start or hour_of(now - _COUNTED)
    free: Counter[tuple[datetime, bool]] = Counter()
    for mode, left_at in messages_out(start).values_list("mode", "left_at"):
        free[hour_of(left_at), mode == MessageMode.LIVE] += 1
    for quota in HourlyQuota.objects.filter(hour__gte=start):
        free[quota.hour, quota.mode == QuotaMode.LIVE] -= quota.used
    return sum(mails > 0 for mails in free.values())

"""The counters that a message uses, and what they allow: day, cycle, hour, pace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings

from agents.mode import get_clock, get_sender_address
from agents.models import DailyQuota, HourlyQuota, Mailbox
from agents.outreach import warmup
from agents.outreach.gate import LimitFacts
from agents.states import MessageMode, QuotaMode
from hossagent.lib.calendars import hour_of, known_zone, local_day

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import date

    from accounts.models import Customer
    from agents.models import Message
    from hossagent.lib.sandbox_clock import SandboxClock

# A customer's warm-up goes on from a day that lies at most so far back.
_LOOK_BACK = timedelta(days=60)


class Group(NamedTuple):
    """Messages that share a clock and all counters."""

    customer_id: int
    mode: str
    is_fictional: bool


def group_of(message: Message) -> Group:
    return Group(message.customer_id, message.mode, message.lead.is_fictional)


@dataclass(frozen=True, slots=True)
class DayCounts:
    """One customer's counters today, as they stand or as they will begin."""

    limit: int
    used: int
    cycle_started_at: datetime | None
    cycle_used: int


def get_limits(
    *, messages: Sequence[Message], now: datetime, mailbox: Mailbox | None, is_live: bool
) -> dict[Group, tuple[SandboxClock, LimitFacts]]:
    """The clock and the counters of each group. Three queries at most.

    `mailbox` is the sender's row, when the caller has read it.
    """
    customers = {group_of(message): message.customer for message in messages}
    clocks = {
        group: get_clock(is_fictional=group.is_fictional, anchor=customer.created_at)
        for group, customer in customers.items()
    }
    counters = {group: _counter(group.mode, clock) for group, clock in clocks.items()}
    days = get_days(customers=customers.values(), modes=set(counters.values()), now=now)
    hours = dict(HourlyQuota.objects.filter(hour=hour_of(now)).values_list("mode", "used"))
    if is_live and mailbox is None:
        mailbox = Mailbox.objects.filter(pk=get_sender_address()).first()
    config = settings.CONFIG
    limits = {}
    for group, counter in counters.items():
        clock, day = clocks[group], days[group.customer_id, counter]
        period = clock.shortened(timedelta(seconds=config.AUTOPILOT_PERIOD_SECONDS))
        cycle_started_at, cycle_used = _running_cycle(day, period=period, now=now)
        facts = LimitFacts(
            counter=counter,
            zone=known_zone(customers[group].timezone),
            day_used=day.used,
            day_limit=clock.allowance(day.limit),
            day_starts_with=day.limit,
            cycle_used=cycle_used,
            cycle_limit=config.MAX_EMAILS_PER_CYCLE,
            cycle_started_at=cycle_started_at,
            cycle_ends_at=cycle_started_at + period,
            hour_used=hours.get(counter, 0),
            hour_limit=clock.allowance(config.MAX_EMAILS_PER_HOUR),
            pace_until=mailbox.next_send_at if mailbox else None,
        )
        limits[group] = (clock, facts)
    return limits


def _counter(mode: str, clock: SandboxClock) -> QuotaMode:
    """Whose counters a message uses."""
    if mode == MessageMode.LIVE:
        return QuotaMode.LIVE
    return QuotaMode.SANDBOX if clock.speed > 1 else QuotaMode.DRY_RUN


def _running_cycle(day: DayCounts, *, period: timedelta, now: datetime) -> tuple[datetime, int]:
    """When the cycle began that a message belongs to now, and what it has used."""
    started_at = day.cycle_started_at
    if started_at is None or now >= started_at + period:
        return now, 0
    return started_at, day.cycle_used


def get_days(
    *, customers: Iterable[Customer], modes: Collection[str], now: datetime
) -> dict[tuple[int, str], DayCounts]:
    """Today's counters per customer and mode; a day not begun gets its limit from the
    last one (`warmup.daily_limit`). One query."""
    today: dict[int, date] = {c.pk: local_day(now, known_zone(c.timezone)) for c in customers}
    rows = DailyQuota.objects.filter(
        customer__in=today, mode__in=modes, day__gte=(now - _LOOK_BACK).date()
    ).order_by("day")
    latest: dict[tuple[int, str], DailyQuota] = {
        (row.customer_id, row.mode): row for row in rows if row.day <= today[row.customer_id]
    }
    return {
        (customer_id, mode): _day_counts(latest.get((customer_id, mode)), day=day)
        for customer_id, day in today.items()
        for mode in modes
    }


def _day_counts(row: DailyQuota | None, *, day: date) -> DayCounts:
    """`row` is the newest day that was begun."""
    if row is None:
        return DayCounts(warmup.FIRST_DAY, 0, None, 0)
    if row.day == day:
        return DayCounts(row.limit, row.used, row.cycle_started_at, row.cycle_used)
    limit = warmup.daily_limit(limit=row.limit, used=row.used, negative_signals=row.push_backs)
    return DayCounts(limit, 0, row.cycle_started_at, row.cycle_used)

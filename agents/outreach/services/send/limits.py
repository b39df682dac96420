"""The counters of an hour, a day and a cycle: reserved before an email can leave.

A slot is reserved, not counted afterwards: a crash wastes one and never exceeds.
"""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import F

from agents.models import DailyQuota, HourlyQuota, Mailbox
from agents.states import QuotaMode
from hossagent.lib.calendars import hour_of, local_day

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer
    from agents.models import Message
    from agents.outreach.gate import LimitFacts

# Only spreads emails over time; nothing secret hangs on it.
_random = random.SystemRandom()


def reserve_hour(*, mode: str, wanted: int, limit: int, now: datetime) -> int:
    """Take up to `wanted` slots of the hour; returns how many there were.

    One conditional UPDATE on a row that all workers share: the count never passes
    `limit`, whoever else is at it, and the last slots are used.
    """
    hour = hour_of(now)
    while wanted > 0:
        free = HourlyQuota.objects.filter(hour=hour, mode=mode, used__lte=limit - wanted)
        if free.update(used=F("used") + wanted):
            return wanted
        used = HourlyQuota.objects.filter(hour=hour, mode=mode).values_list("used", flat=True)
        found = used.first()
        if found is None:
            HourlyQuota.objects.bulk_create(
                [HourlyQuota(hour=hour, mode=mode)], ignore_conflicts=True
            )
        wanted = min(wanted, limit - (found or 0))
    return 0


def reserve_day(*, customer: Customer, limits: LimitFacts, taken: int, now: datetime) -> None:
    """Count `taken` messages on the customer's day and in its cycle.

    The caller holds the customer's lock and has asked the gate, so the numbers in
    `limits` are the row's own. A day's first message writes down the day's limit.
    """
    cycle = {
        "cycle_started_at": limits.cycle_started_at,
        "cycle_used": limits.cycle_used + taken,
    }
    day = local_day(now, limits.zone)
    rows = DailyQuota.objects.filter(customer=customer, day=day, mode=limits.counter)
    if not rows.update(used=F("used") + taken, **cycle):
        DailyQuota.objects.create(
            customer=customer,
            day=day,
            mode=limits.counter,
            used=taken,
            limit=limits.day_starts_with,
            **cycle,
        )


def uncount_day(message: Message) -> None:
    """Take a message that no server has off the day that counted it: the warm-up grows only
    by what left. The hour keeps its slot: in it, the message was on the wire.

    The caller holds the customer's lock.
    """
    if message.counted_on is not None:
        DailyQuota.objects.filter(
            customer_id=message.customer_id,
            day=message.counted_on,
            mode=QuotaMode.LIVE,
            used__gt=0,
        ).update(used=F("used") - 1)


def mailbox_gap() -> timedelta:
    """The pause after one live email: the hour's emails spread evenly, at half to full
    width, so about a minute at 50 an hour."""
    per_hour = max(1, settings.CONFIG.MAX_EMAILS_PER_HOUR)
    return timedelta(hours=1) / per_hour * _random.uniform(0.5, 1.0)


def reserve_pace(*, address: str, taken: int, now: datetime) -> None:
    """Say when the mailbox's next email may leave, after `taken` that leave now."""
    rest_mailbox(
        address=address, until=now + sum((mailbox_gap() for _ in range(taken)), timedelta(0))
    )


def lock_mailbox(*, address: str, now: datetime) -> Mailbox:
    """Hold the mailbox's row until the transaction ends; made when there was none."""
    rows = Mailbox.objects.select_for_update().filter(pk=address)
    mailbox = rows.first()
    if mailbox is None:
        Mailbox.objects.bulk_create(
            [Mailbox(address=address, next_send_at=now)], ignore_conflicts=True
        )
        mailbox = rows.get()
    return mailbox


def rest_mailbox(*, address: str, until: datetime) -> None:
    """Let the mailbox rest until then."""
    if not Mailbox.objects.filter(pk=address).update(next_send_at=until):
        Mailbox.objects.bulk_create(
            [Mailbox(address=address, next_send_at=until)],
            update_conflicts=True,
            unique_fields=["address"],
            update_fields=["next_send_at"],
        )


def jitter(low: float = 1.0, high: float = 5.0) -> timedelta:
    """A random pause in seconds, fresh for every email."""
    return timedelta(seconds=_random.uniform(low, high))

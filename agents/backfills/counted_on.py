"""The day that counted an email, for emails that left before it was written down.

What is filled in is what `verify_ledger` and the warm-up assumed until now: the day in the
customer's zone. From then on a change of the zone no longer moves the email to another day.

Canceled emails stay empty: of those, a day means that the counter got its slot back, which
nobody did at that time. SENDING ones wait until they have a result: the worker that has one in
hand knows it without a day, and would give nothing back.

The next release need not ask for the zone in `_count_on_day()` and, except for canceled
emails, in `check_days()`.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from agents.models import Message
from agents.states import MessageMode, MessageStatus
from hossagent.lib.calendars import known_zone, local_day

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from django.db.models import QuerySet

# None of them can become canceled.
_SETTLED = (MessageStatus.SENT, MessageStatus.UNKNOWN, MessageStatus.FAILED)


def left() -> QuerySet[Message]:
    """Real emails that left, whose day is not written down."""
    return Message.objects.filter(
        mode=MessageMode.LIVE,
        sending_at__isnull=False,
        counted_on=None,
        status__in=_SETTLED,
    )


def fill(keys: Sequence[int]) -> int:
    """Write down their day. A row that somebody else holds is left for the next pass."""
    rows = left().filter(pk__in=keys).select_for_update(of=("self",), skip_locked=True)
    of_day: defaultdict[date, list[int]] = defaultdict(list)
    for key, at, zone in rows.values_list("pk", "sending_at", "customer__timezone"):
        assert at is not None, "see left()"
        of_day[local_day(at, known_zone(zone))].append(key)
    return sum(left().filter(pk__in=found).update(counted_on=day) for day, found in of_day.items())

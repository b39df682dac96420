"""What must hold of the rows at every moment; each broken promise is one sentence.

A promise is broken by a row being written, and every such row carries the time at which
it was: asked with `since`, a check reads what was written from then on and whatever that
could contradict. Asked without, it reads whole tables and trusts no time at all.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Count, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from agents.mode import get_clock
from agents.models import (
    Answer,
    Conversation,
    DailyQuota,
    HourlyQuota,
    InboundMessage,
    Lead,
    Message,
    SandboxReaction,
    Suppression,
    Task,
)
from agents.states import (
    MESSAGE_OUT,
    AnswerStatus,
    InboundStatus,
    MessageMode,
    MessageStatus,
    QuotaMode,
    TaskStatus,
)
from agents.suppression.selectors import keys_of
from billing.models import Invoice, InvoiceLine
from hossagent.lib.calendars import hour_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    # Whose, to which address, when.
    _Mail = tuple[int, str, datetime]

_CHUNK = 500
_DAY = timedelta(days=1)
# Counters older than a week are pruned.
_COUNTED = timedelta(days=6)


def list_broken_invariants(*, now: datetime, since: datetime | None = None) -> list[str]:
    """Every promise that the rows break; empty when all hold.

    With `since`, only what was written from then on is looked at; else whole tables.
    """
    broken = []
    for words, count in PROMISES:
        number = count(now=now, since=since)
        if number:
            broken.append(f"{words.format(number)}.")
    return broken


def _written(since: datetime | None, *fields: str) -> Q:
    """Rows of which one of `fields` is at or after `since`; all rows without it."""
    news = Q()
    for field in fields:
        news |= Q() if since is None else Q(**{f"{field}__gte": since})
    return news


def _out(since: datetime | None) -> Any:
    """Mails that left, or may have, with `left_at`: the point of no return of a real one,
    the record of a dry run."""
    return Message.objects.filter(
        _written(since, "sending_at", "finished_at"), status__in=MESSAGE_OUT
    ).annotate(left_at=Coalesce("sending_at", "finished_at"))


def _copies(*, now: datetime, since: datetime | None) -> int:
    """Two mails of one customer to one address in one step, whichever lead they are of."""
    news = _out(since).values_list("lead__email_key", flat=True)
    twice = (
        _out(None)
        .filter(_written(since) if since is None else Q(lead__email_key__in=news))
        .values("customer", "lead__email_key", "step", "mode")
        .annotate(copies=Count("pk"))
        .filter(copies__gt=1)
    )
    return len(twice)


def _to_suppressed(*, now: datetime, since: datetime | None) -> int:
    """Mails that left after their address or domain was on the list: everybody's, or the
    customer's own."""
    late = 0
    for mails in _chunks(_out(since).values_list("customer_id", "lead__email_key", "left_at")):
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


def _after_reply(*, now: datetime, since: datetime | None) -> int:
    """Either may be the news: the mail, or the reply that was there before it."""
    news = _written(since, "sending_at", "finished_at", "lead__replied_at")
    late: int = _out(None).filter(news, left_at__gt=F("lead__replied_at")).count()
    return late


def _above_limits(*, now: datetime, since: datetime | None) -> int:
    """Hours, days and cycles whose counter is above the limit, and hours in which more
    left than was counted."""
    config = settings.CONFIG
    sandbox = get_clock(is_fictional=True)
    start = None if since is None else hour_of(since)
    hours = HourlyQuota.objects.filter(_written(start, "hour"))
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
    return above.count() + days.count() + _uncounted(now=now, start=start)


def _uncounted(*, now: datetime, start: datetime | None) -> int:
    """Hours in which more mails left than took a slot: a crash wastes one, none is free."""
    start = start or hour_of(now - _COUNTED)
    free: Counter[tuple[datetime, bool]] = Counter()
    for mode, left_at in _out(start).values_list("mode", "left_at"):
        free[hour_of(left_at), mode == MessageMode.LIVE] += 1
    for quota in HourlyQuota.objects.filter(hour__gte=start):
        free[quota.hour, quota.mode == QuotaMode.LIVE] -= quota.used
    return sum(mails > 0 for mails in free.values())


def _neither(*, now: datetime, since: datetime | None) -> int:
    """Received mail that is not processed although its time has come, or counts as
    processed without having been."""
    overdue = InboundMessage.objects.filter(status=InboundStatus.PENDING, due_at__lte=now)
    silent = InboundMessage.objects.filter(
        _written(since, "received_at"), ~Q(status=InboundStatus.PENDING), processed_at=None
    )
    return overdue.count() + silent.count()


def _left_lying(*, now: datetime, since: datetime | None) -> int:
    """Work whose time has come and that nobody took, or that a worker left half done."""
    mails = [MessageStatus.QUEUED, MessageStatus.CLAIMED, MessageStatus.SENDING]
    answers = [AnswerStatus.QUEUED, AnswerStatus.SENDING]
    tasks = [TaskStatus.PENDING, TaskStatus.RUNNING]
    return (
        Message.objects.filter(status__in=mails, due_at__lte=now).count()
        + Answer.objects.filter(status__in=answers, due_at__lte=now).count()
        + Task.objects.filter(status__in=tasks, due_at__lte=now).count()
        + SandboxReaction.objects.filter(due_at__lte=now).count()
    )


def _across_customers(*, now: datetime, since: datetime | None) -> int:
    """Rows that hang on another customer's."""
    received = InboundMessage.objects.filter(_written(since, "received_at", "processed_at"))
    tasks = Task.objects.filter(_written(since, "created_at", "finished_at"))
    strays = (
        Message.objects.filter(
            _written(since, "created_at", "sending_at", "finished_at"),
            ~Q(customer=F("lead__customer")),
        ),
        Conversation.objects.filter(
            _written(since, "created_at", "last_reply_at"), ~Q(customer=F("lead__customer"))
        ),
        Answer.objects.filter(
            _written(since, "created_at"), ~Q(customer=F("conversation__customer"))
        ),
        received.filter(conversation__isnull=False).exclude(customer=F("conversation__customer")),
        received.filter(message__isnull=False).exclude(customer=F("message__customer")),
        tasks.filter(lead__isnull=False).exclude(customer=F("lead__customer")),
        tasks.filter(invoice_line__isnull=False).exclude(
            customer=F("invoice_line__invoice__customer")
        ),
    )
    return sum(rows.count() for rows in strays)


def _out_of_the_sandbox(*, now: datetime, since: datetime | None) -> int:
    mails = Message.objects.filter(_written(since, "created_at", "sending_at", "finished_at"))
    received = InboundMessage.objects.filter(_written(since, "received_at", "processed_at"))
    return (
        mails.filter(lead__is_fictional=True, mode=MessageMode.LIVE).count()
        + SandboxReaction.objects.filter(
            _written(since, "message__finished_at"), message__lead__is_fictional=False
        ).count()
        + received.filter(is_simulated=True, conversation__lead__is_fictional=False).count()
    )


def _wrong_invoices(*, now: datetime, since: datetime | None) -> int:
    """Totals that are not the sum of their lines, and lines that no task stands behind."""
    lines = InvoiceLine.objects.filter(_written(since, "created_at"))
    added = (
        InvoiceLine.objects.filter(invoice=OuterRef("pk"))
        .values("invoice")
        .annotate(total=Sum("amount_cents"))
        .values("total")
    )
    touched = Invoice.objects.filter(
        _written(since, "created_at", "closed_at", "issued_at", "paid_at")
        | Q(pk__in=lines.values("invoice"))
    )
    unequal = touched.annotate(added=Coalesce(Subquery(added), Value(0))).exclude(
        total_cents=F("added")
    )
    return unequal.count() + lines.filter(task=None).count()


PROMISES: tuple[tuple[str, Callable[..., int]], ...] = (
    ("{} mails are copies of another one", _copies),
    ("{} mails went to people who had asked for silence or bounced", _to_suppressed),
    ("{} mails went to people who had replied before", _after_reply),
    ("{} hours, days or cycles are above their limit", _above_limits),
    ("{} received mails are neither processed nor waiting with a reason", _neither),
    ("{} pieces of work were due and left lying", _left_lying),
    ("{} rows belong to two customers", _across_customers),
    ("{} made-up leads got real mail, or real ones a simulated answer", _out_of_the_sandbox),
    ("{} invoices do not add up, or bill what was not done", _wrong_invoices),
)


def count_story() -> dict[str, int]:
    """What happened, in the order in which a person would tell it."""
    return {
        "leads found": Lead.objects.count(),
        "emails written (dry run)": Message.objects.filter(status__in=MESSAGE_OUT).count(),
        "mails received (simulated)": InboundMessage.objects.filter(is_simulated=True).count(),
        "leads that replied": Lead.objects.filter(replied_at__isnull=False).count(),
        "leads qualified": Lead.objects.filter(qualified_at__isnull=False).count(),
        "addresses silenced": Suppression.objects.count(),
        "tasks done": Task.objects.filter(finished_at__isnull=False).count(),
        "invoices": Invoice.objects.count(),
    }

"""One ISO week of a customer, counted from the rows themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.db.models import Count

from agents.models import InboundMessage, Lead, Message, Task
from agents.states import HUMAN_REPLIES, MessageStatus, ReplyLabel, TaskStatus
from hossagent.lib.calendars import day_bounds, local_day
from hossagent.lib.text import Untrusted

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer

NEWEST = 20


@dataclass(frozen=True, slots=True)
class ReplyFacts:
    """One answer of the week."""

    on: date
    company: Untrusted
    label: str
    text: Untrusted
    is_simulated: bool


@dataclass(frozen=True, slots=True)
class WeekNumbers:
    """Counts over one week, [Monday, Monday) in the customer's zone."""

    leads_by_source: tuple[tuple[str, int], ...] = ()
    sent: int = 0
    simulated: int = 0
    failed: int = 0
    replies: tuple[tuple[str, int], ...] = ()
    qualified: int = 0
    tasks_done: int = 0

    @property
    def leads(self) -> int:
        return sum(count for _, count in self.leads_by_source)

    @property
    def human_replies(self) -> int:
        return sum(count for label, count in self.replies if label in HUMAN_REPLIES)


@dataclass(frozen=True, slots=True)
class WeekFacts:
    """The week's numbers beside the week before, and what stands behind them."""

    name: str
    monday: date
    sunday: date
    numbers: WeekNumbers
    before: WeekNumbers
    replies: tuple[ReplyFacts, ...] = ()
    work: tuple[str, ...] = ()
    waiting: dict[str, int] = field(default_factory=dict)


def monday_of(name: str) -> date:
    """`week:2026-W47` or `2026-W47` → its Monday. Raises ValueError for anything else."""
    year, _, week = name.removeprefix("week:").partition("-W")
    return date.fromisocalendar(int(year), int(week), 1)


def week_bounds(monday: date, zone: str) -> tuple[datetime, datetime]:
    """[start, end) of the week that begins on `monday` in `zone`, in UTC."""
    return day_bounds(monday, zone)[0], day_bounds(monday + timedelta(days=6), zone)[1]


def get_week_facts(*, customer: Customer, week: str) -> WeekFacts:
    """The ledger of one ISO week, such as "2026-W47"."""
    monday = monday_of(week)
    zone = customer.timezone
    start, end = week_bounds(monday, zone)
    waiting = {
        "approvals": Message.objects.filter(
            customer=customer, status=MessageStatus.AWAITING_APPROVAL
        ).count(),
        "answers": customer.conversations.filter(is_awaiting_answer=True).count(),
        "held": Task.objects.filter(customer=customer, status=TaskStatus.PENDING)
        .exclude(held_reason="")
        .count(),
    }
    return WeekFacts(
        name=week.removeprefix("week:"),
        monday=monday,
        sunday=monday + timedelta(days=6),
        numbers=_count(customer, start, end),
        before=_count(customer, *week_bounds(monday - timedelta(days=7), zone)),
        replies=_replies(customer, start, end),
        work=tuple(
            Task.objects.filter(
                customer=customer,
                status=TaskStatus.DONE,
                finished_at__gte=start,
                finished_at__lt=end,
            )
            .order_by("finished_at")
            .values_list("title", flat=True)[:NEWEST]
        ),
        waiting=waiting,
    )


def _count(customer: Customer, start: datetime, end: datetime) -> WeekNumbers:
    leads = Lead.objects.filter(customer=customer)
    messages = dict(
        Message.objects.filter(customer=customer, finished_at__gte=start, finished_at__lt=end)
        .values_list("status")
        .annotate(messages=Count("pk"))
    )
    return WeekNumbers(
        leads_by_source=tuple(
            leads.filter(created_at__gte=start, created_at__lt=end)
            .values_list("source")
            .annotate(leads=Count("pk"))
            .order_by("-leads", "source")
        ),
        sent=messages.get(MessageStatus.SENT, 0),
        simulated=messages.get(MessageStatus.DRY_RUN, 0),
        failed=messages.get(MessageStatus.FAILED, 0),
        replies=tuple(
            InboundMessage.objects.filter(
                customer=customer, received_at__gte=start, received_at__lt=end
            )
            .exclude(label="")
            .values_list("label")
            .annotate(mails=Count("pk"))
            .order_by("-mails", "label")
        ),
        qualified=leads.filter(qualified_at__gte=start, qualified_at__lt=end).count(),
        tasks_done=Task.objects.filter(
            customer=customer,
            status=TaskStatus.DONE,
            finished_at__gte=start,
            finished_at__lt=end,
        ).count(),
    )


def _replies(customer: Customer, start: datetime, end: datetime) -> tuple[ReplyFacts, ...]:
    mails = (
        InboundMessage.objects.filter(
            customer=customer,
            received_at__gte=start,
            received_at__lt=end,
            label__in=[*HUMAN_REPLIES, ReplyLabel.OPT_OUT],
            conversation__isnull=False,
        )
        .select_related("conversation__lead")
        .order_by("received_at")[:NEWEST]
    )
    found = []
    for mail in mails:
        conversation = mail.conversation
        if conversation is None:
            continue
        found.append(
            ReplyFacts(
                on=local_day(mail.received_at, customer.timezone),
                company=Untrusted(conversation.lead.company),
                label=mail.label,
                text=Untrusted(mail.text),
                is_simulated=mail.is_simulated,
            )
        )
    return tuple(found)

"""The numbers of the portal's first page: a fixed count of statements, whatever the size.

Eight statements, each bounded by one customer's rows and answered from an index.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.functions import TruncDate

from agents.models import Conversation, InboundMessage, Lead, Message, Task
from agents.states import (
    HUMAN_REPLIES,
    MESSAGE_OUT,
    MessageStatus,
    TaskStatus,
)
from hossagent.lib.calendars import day_bounds, local_day

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from typing import Any

    from django.db.models import QuerySet

    from accounts.models import Customer

RECENT = 5
DAYS = 7


@dataclass(frozen=True, slots=True)
class Funnel:
    """Leads that ever got this far; `worked` have a finished piece of work."""

    found: int
    contacted: int
    replied: int
    qualified: int
    worked: int


@dataclass(frozen=True, slots=True)
class Activity:
    """One number per day for the last seven days of the customer's calendar, today last."""

    days: tuple[date, ...]
    written: tuple[int, ...]
    replies: tuple[int, ...]
    work: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Everything the first page counts. Each number is also a list the customer can open."""

    funnel: Funnel
    messages_out: int
    messages_waiting: int
    approvals: int
    conversations: int
    conversations_awaiting: int
    work_done: int
    work_open: int
    activity: Activity
    recent: tuple[Task, ...]


def get_dashboard(*, customer: Customer, now: datetime) -> Dashboard:
    leads = _leads(customer)
    messages = _messages(customer)
    conversations = Conversation.objects.filter(
        customer=customer, last_reply_at__isnull=False
    ).aggregate(all=Count("pk"), awaiting=Count("pk", filter=Q(is_awaiting_answer=True)))
    tasks = Task.objects.filter(customer=customer).aggregate(
        done=Count("pk", filter=Q(status=TaskStatus.DONE)),
        open=Count("pk", filter=Q(status__in=[TaskStatus.PENDING, TaskStatus.RUNNING])),
        leads=Count("lead", filter=Q(status=TaskStatus.DONE), distinct=True),
    )
    return Dashboard(
        funnel=Funnel(
            leads["found"],
            leads["contacted"],
            leads["replied"],
            leads["qualified"],
            tasks["leads"],
        ),
        messages_out=sum(messages.get(status, 0) for status in MESSAGE_OUT),
        messages_waiting=sum(
            messages.get(status, 0)
            for status in (MessageStatus.PLANNED, MessageStatus.QUEUED, MessageStatus.CLAIMED)
        ),
        approvals=messages.get(MessageStatus.AWAITING_APPROVAL, 0),
        conversations=conversations["all"],
        conversations_awaiting=conversations["awaiting"],
        work_done=tasks["done"],
        work_open=tasks["open"],
        activity=get_activity(customer=customer, now=now),
        recent=tuple(list_recent_work(customer=customer)),
    )


# The same words as the lead list's `reached` filter.
REACHED = {
    "contacted": Q(last_contacted_at__isnull=False),
    "replied": Q(replied_at__isnull=False),
    "qualified": Q(qualified_at__isnull=False),
    "worked": Q(Exists(Task.objects.filter(lead=OuterRef("pk"), status=TaskStatus.DONE))),
}


def _leads(customer: Customer) -> dict[str, int]:
    found: dict[str, int] = Lead.objects.filter(customer=customer).aggregate(
        found=Count("pk"),
        contacted=Count("last_contacted_at"),
        replied=Count("replied_at"),
        qualified=Count("qualified_at"),
    )
    return found


def _messages(customer: Customer) -> dict[str, int]:
    return dict(
        Message.objects.filter(customer=customer)
        .order_by()
        .values_list("status")
        .annotate(Count("pk"))
    )


def list_recent_work(*, customer: Customer) -> QuerySet[Task]:
    """The latest finished tasks; their text stays in the database."""
    done: QuerySet[Task] = (
        Task.objects.filter(customer=customer, status=TaskStatus.DONE)
        .only("title", "status", "finished_at", "kind")
        .order_by("-pk")[:RECENT]
    )
    return done


def get_activity(*, customer: Customer, now: datetime) -> Activity:
    """What happened on each of the last seven days, where the customer lives."""
    today = local_day(now, customer.timezone)
    days = tuple(today - timedelta(days=back) for back in reversed(range(DAYS)))
    start, _ = day_bounds(days[0], customer.timezone)
    zone = ZoneInfo(customer.timezone)
    written = Message.objects.filter(
        customer=customer, status__in=MESSAGE_OUT, finished_at__gte=start
    )
    replies = InboundMessage.objects.filter(
        customer=customer, label__in=HUMAN_REPLIES, received_at__gte=start
    )
    work = Task.objects.filter(customer=customer, status=TaskStatus.DONE, finished_at__gte=start)
    return Activity(
        days=days,
        written=_per_day(written, "finished_at", days, zone),
        replies=_per_day(replies, "received_at", days, zone),
        work=_per_day(work, "finished_at", days, zone),
    )


def _per_day(
    rows: QuerySet[Any], column: str, days: Sequence[date], zone: ZoneInfo
) -> tuple[int, ...]:
    counted = dict(
        rows.order_by()
        .annotate(day=TruncDate(column, tzinfo=zone))
        .values_list("day")
        .annotate(Count("pk"))
    )
    return tuple(counted.get(day, 0) for day in days)

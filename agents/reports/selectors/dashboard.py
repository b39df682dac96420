"""The numbers of the portal's first page: six statements, whatever the size.

The counts are written out in SQL, because they are asked each time somebody looks at the
page: every one is answered from an index alone (agents_lead_funnel, agents_message_out,
agents_message_open, agents_conversation_list, agents_inbound_answers, agents_task_done,
agents_task_due), and none is compiled anew. Both databases understand them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from django.db import connection

from agents.models import Task
from agents.states import HUMAN_REPLIES, MESSAGE_OUT, MessageStatus, TaskStatus
from hossagent.lib.calendars import day_bounds, local_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from accounts.models import Customer

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
class FinishedTask:
    """A line of recent work; its text stays in the database."""

    pk: int
    title: str
    status: str
    finished_at: datetime | None


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
    recent: tuple[FinishedTask, ...]


def get_dashboard(*, customer: Customer, now: datetime) -> Dashboard:
    today = local_day(now, customer.timezone)
    days = tuple(today - timedelta(days=back) for back in reversed(range(DAYS)))
    facts = _facts(customer, days)
    found, contacted, replied, qualified = _count(LEADS, facts)
    out, waiting, approvals, *written = _count(MESSAGES, facts)
    conversations, awaiting = _count(CONVERSATIONS, facts)
    replies = _count(REPLIES, facts)
    work_open, work_done, worked, *work = _count(TASKS, facts)
    return Dashboard(
        funnel=Funnel(found, contacted, replied, qualified, worked),
        messages_out=out,
        messages_waiting=waiting,
        approvals=approvals,
        conversations=conversations,
        conversations_awaiting=awaiting,
        work_done=work_done,
        work_open=work_open,
        activity=Activity(days, _per_day(written), _per_day(replies), _per_day(work)),
        recent=_recent(facts),
    )


# --- The statements ------------------------------------------------------------------


def _words(values: Iterable[str]) -> str:
    """Statuses as SQL; they are our own constants, never input."""
    return ", ".join(f"'{value}'" for value in values)


def _since_each_day(column: str) -> str:
    """Seven counts: since the first day, since the second one, and so on."""
    return ", ".join(
        f"count(CASE WHEN {column} >= %(day{number})s THEN 1 END)" for number in range(DAYS)
    )


LEADS = """
SELECT count(*), count(last_contacted_at), count(replied_at), count(qualified_at)
FROM agents_lead WHERE customer_id = %(customer)s
"""

_OUT = f"customer_id = %(customer)s AND status IN ({_words(MESSAGE_OUT)})"
_WAITING = _words((MessageStatus.PLANNED, MessageStatus.QUEUED, MessageStatus.CLAIMED))
# A message that waits has a due time; saying so lets the small index answer.
MESSAGES = f"""
SELECT
  (SELECT count(*) FROM agents_message WHERE {_OUT}),
  (SELECT count(*) FROM agents_message
   WHERE customer_id = %(customer)s AND status IN ({_WAITING}) AND due_at IS NOT NULL),
  (SELECT count(*) FROM agents_message
   WHERE customer_id = %(customer)s AND status = '{MessageStatus.AWAITING_APPROVAL}'
     AND due_at IS NOT NULL),
  {_since_each_day("finished_at")}
FROM agents_message WHERE {_OUT} AND finished_at >= %(day0)s
"""  # noqa: S608 # only constants are put in

CONVERSATIONS = """
SELECT count(*), count(CASE WHEN is_awaiting_answer THEN 1 END)
FROM agents_conversation WHERE customer_id = %(customer)s AND last_reply_at IS NOT NULL
"""

REPLIES = f"""
SELECT {_since_each_day("received_at")} FROM agents_inboundmessage
WHERE customer_id = %(customer)s AND label IN ({_words(HUMAN_REPLIES)})
  AND received_at >= %(day0)s
"""  # noqa: S608 # only constants are put in

_DONE = f"customer_id = %(customer)s AND status = '{TaskStatus.DONE}'"
TASKS = f"""
SELECT
  (SELECT count(*) FROM agents_task
   WHERE customer_id = %(customer)s
     AND status IN ({_words((TaskStatus.PENDING, TaskStatus.RUNNING))})
     AND due_at IS NOT NULL),
  every.*, week.*
FROM
  (SELECT count(*), count(DISTINCT lead_id) FROM agents_task WHERE {_DONE}) AS every,
  (SELECT {_since_each_day("finished_at")}
   FROM agents_task WHERE {_DONE} AND finished_at >= %(day0)s) AS week
"""  # noqa: S608 # only constants are put in

RECENT = f"""
SELECT id, title, status, finished_at FROM agents_task WHERE {_DONE}
ORDER BY finished_at DESC, id DESC LIMIT 5
"""  # noqa: S608 # only constants are put in


def _facts(customer: Customer, days: Sequence[date]) -> dict[str, Any]:
    """What the statements ask for: the customer, and when each day began there."""
    begins = (day_bounds(day, customer.timezone)[0] for day in days)
    return {"customer": customer.pk} | {
        f"day{number}": connection.ops.adapt_datetimefield_value(begin)
        for number, begin in enumerate(begins)
    }


def _count(statement: str, facts: dict[str, Any]) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, facts)
        found: tuple[int, ...] = cursor.fetchone()
    return found


def _per_day(since: Sequence[int]) -> tuple[int, ...]:
    """Numbers of each day from numbers since each day."""
    return tuple(one - later for one, later in pairwise((*since, 0)))


def _recent(facts: dict[str, Any]) -> tuple[FinishedTask, ...]:
    tasks = Task.objects.raw(RECENT, facts)
    return tuple(FinishedTask(task.pk, task.title, task.status, task.finished_at) for task in tasks)

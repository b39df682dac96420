"""The stored facts that one document may speak of, gathered for a writer.

Each kind of document has its own need: a list of leads for the starters, a thread for
work about one lead, a week's ledger for the report. Only that is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.states import ApprovalMode
from agents.task_types import TASK_TYPES
from agents.writing.selectors.briefs import LeadFacts, SenderFacts, lead_facts, sender_facts
from agents.writing.selectors.pipeline_facts import PipelineFacts, get_pipeline_facts
from agents.writing.selectors.thread_facts import ThreadEntry, list_thread
from agents.writing.selectors.week_facts import WeekFacts, get_week_facts
from hossagent.lib.calendars import local_day

if TYPE_CHECKING:
    from datetime import date, datetime

    from agents.models import Task


@dataclass(frozen=True, slots=True)
class OutreachFacts:
    """How the customer's outreach is set up."""

    window: str
    weekdays: tuple[int, ...]
    timezone: str
    approval: str


@dataclass(frozen=True, slots=True)
class TaskBrief:
    """One document: which kind, for whom, about whom, as of which day of the customer."""

    task_id: int
    kind: str
    title: str
    as_of: date
    sender: SenderFacts
    outreach: OutreachFacts
    lead: LeadFacts | None = None
    thread: tuple[ThreadEntry, ...] = ()
    pipeline: PipelineFacts | None = None
    week: WeekFacts | None = None


def task_brief(*, task: Task, now: datetime) -> TaskBrief:
    """Everything a writer may use for this task's document.

    `task` with its customer's profile and its lead loaded.
    """
    customer, lead = task.customer, task.lead
    kind = TASK_TYPES.get(task.kind)
    is_report = task.kind == "weekly_report"
    profile = customer.profile
    return TaskBrief(
        task_id=task.pk,
        kind=task.kind,
        title=task.title,
        as_of=local_day(now, customer.timezone),
        sender=sender_facts(customer),
        outreach=OutreachFacts(
            window=f"{profile.window_start:%H:%M} to {profile.window_end:%H:%M}",
            weekdays=tuple(profile.window_weekdays),
            timezone=customer.timezone,
            approval=ApprovalMode(profile.approval_mode).value,
        ),
        lead=lead_facts(lead) if lead else None,
        thread=list_thread(lead=lead) if lead else (),
        pipeline=get_pipeline_facts(customer=customer) if kind and kind.is_starter else None,
        week=get_week_facts(customer=customer, week=task.dedupe_key) if is_report else None,
    )

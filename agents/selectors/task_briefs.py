"""The stored facts that one document may speak of, gathered for a writer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.selectors.briefs import LeadFacts, SenderFacts, lead_facts, sender_facts
from hossagent.lib.calendars import local_day

if TYPE_CHECKING:
    from datetime import date, datetime

    from agents.models import Task


@dataclass(frozen=True, slots=True)
class TaskBrief:
    """One document: which kind, for whom, about whom, as of which day of the customer."""

    task_id: int
    kind: str
    title: str
    as_of: date
    sender: SenderFacts
    lead: LeadFacts | None


def task_brief(*, task: Task, now: datetime) -> TaskBrief:
    """Everything a writer may use for this task's document."""
    customer = task.customer
    return TaskBrief(
        task_id=task.pk,
        kind=task.kind,
        title=task.title,
        as_of=local_day(now, customer.timezone),
        sender=sender_facts(customer),
        lead=lead_facts(task.lead) if task.lead else None,
    )

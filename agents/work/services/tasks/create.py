"""Putting a task on a customer's list, once for each occasion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.lease import schedule_now
from agents.models import Task
from agents.task_types import TASK_TYPES

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer
    from agents.models import Lead


def create_task(
    *, customer: Customer, kind: str, dedupe_key: str, lead: Lead | None = None, now: datetime
) -> Task | None:
    """A pending task, due at once; None when this occasion already has one.

    `dedupe_key` names the occasion ("starter", "lead:5", "week:2026-W47"). The
    customer's next cycle becomes due at once, in the caller's transaction.
    """
    task_type = TASK_TYPES[kind]
    if task_type.needs_lead and lead is None:
        raise ValueError(f"a {kind} is about a lead")
    task, is_new = Task.objects.get_or_create(
        customer=customer,
        kind=kind,
        dedupe_key=dedupe_key,
        defaults={
            "lead": lead,
            "title": task_type.title_for(lead.company if lead else ""),
            "reward_cents": task_type.reward_cents,
            "created_at": now,
            "due_at": now,
        },
    )
    if not is_new:
        return None
    schedule_now(customer_id=customer.pk, now=now)
    return task

"""A parked task is tried again, when a person has mended what was wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.services.audit import Change, record
from accounts.states import AuditAction
from agents.lease import schedule_now
from agents.models import Task
from agents.states import TaskStatus

if TYPE_CHECKING:
    from datetime import datetime


@transaction.atomic
def retry_task(*, task: Task, by: str, now: datetime) -> bool:
    """FAILED → PENDING with fresh attempts, due at once; False when it is not FAILED."""
    moved = Task.objects.filter(pk=task.pk).move(
        source=TaskStatus.FAILED,
        target=TaskStatus.PENDING,
        due_at=now,
        attempts=0,
        finished_at=None,
    )
    if not moved:
        return False
    record(
        AuditAction.TASK_RETRIED,
        at=now,
        actor=by,
        customer_id=task.customer_id,
        subject=task,
        change=Change(before={"error": task.error}),
    )
    schedule_now(customer_id=task.customer_id, now=now)
    return True

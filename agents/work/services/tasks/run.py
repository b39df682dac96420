"""Carrying tasks out: claim, write outside the transaction, record.

A claim takes the task and one piece of the customer's allowance together; a failure
releases both. A task that may not run now keeps its reason and waits, so it cannot block
others. One that fails again and again is parked as FAILED.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from agents.lease import schedule_now
from agents.models import Task
from agents.states import TaskStatus
from agents.work.services.tasks.claim import TasksHeld, claim_next
from agents.work.services.tasks.weekly import plan_weekly_report
from agents.writing.errors import UnresolvedPlaceholder
from agents.writing.selectors.task_briefs import task_brief
from agents.writing.services import write_deliverable
from billing.services.usage import release_task
from hossagent.lib.money import dollars_to_micros
from hossagent.lib.text import single_line

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer

logger = logging.getLogger("agents.ops")

# The wait after each failed attempt.
BACK_OFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
)
MAX_ATTEMPTS = len(BACK_OFF) + 1
TASKS_PER_CYCLE = 5


def run_ops(*, customer: Customer, now: datetime) -> dict[str, int]:
    """Ops' part of a cycle: plan the weekly report, and carry out a few tasks that are due."""
    counts = {"reports_planned": 1} if plan_weekly_report(customer=customer, now=now) else {}
    for _ in range(TASKS_PER_CYCLE):
        outcome = _step(now=now, customer=customer)
        if outcome is None:
            break
        counts[outcome] = counts.get(outcome, 0) + 1
    return counts


def run_next_task(*, now: datetime, customer: Customer | None = None) -> bool:
    """Carry out the task that waits longest; False when none is due.

    Without `customer` only those whose autopilot is on are looked at, and none while the
    global switch is off.
    """
    return _step(now=now, customer=customer) is not None


def _step(*, now: datetime, customer: Customer | None) -> str | None:
    """One task's outcome in a word; None when none is due."""
    try:
        task = claim_next(now=now, customer=customer)
    except TasksHeld:
        return "held"
    return None if task is None else _carry_out(task, now=now)


def _carry_out(task: Task, *, now: datetime) -> str:
    try:
        brief = task_brief(task=task, now=now)
        deliverable = write_deliverable(brief=brief, now=now)
    except UnresolvedPlaceholder as error:
        _release(task, now=now, error=error.sentence)
        return "failed"
    except Exception as error:  # the loop's boundary: one bad task never stops others
        logger.exception("task failed", extra={"task": task.pk})
        _release(task, now=now, error=f"{type(error).__name__}: {error}")
        return "failed"
    with transaction.atomic():
        done = Task.objects.filter(pk=task.pk, fence=task.fence).move(
            source=TaskStatus.RUNNING,
            target=TaskStatus.DONE,
            deliverable=deliverable.markdown,
            written_by=deliverable.written_by,
            cost_micros=deliverable.cost_micros + dollars_to_micros(settings.CONFIG.TASK_OVERHEAD),
            due_at=None,
            finished_at=now,
            error="",
        )
        if done:
            schedule_now(customer_id=task.customer_id, now=now)
    if not done:
        # The lease ran out, and the sweeper released the task and its allowance.
        logger.warning("task lease lost", extra={"task": task.pk})
        return "lost"
    logger.info("[OPS][DONE] task_id=%s kind=%s by=%s", task.pk, task.kind, deliverable.written_by)
    return "done"


@transaction.atomic
def _release(task: Task, *, now: datetime, error: str) -> None:
    """After a failure: the task is due again later, or parked, and its allowance is free."""
    fields: dict[str, Any] = {"error": single_line(error, 500)}
    if task.attempts >= MAX_ATTEMPTS:
        target = TaskStatus.FAILED
        fields |= {"due_at": None, "finished_at": now}
    else:
        target = TaskStatus.PENDING
        fields["due_at"] = now + BACK_OFF[task.attempts - 1]
    moved = Task.objects.filter(pk=task.pk, fence=task.fence).move(
        source=TaskStatus.RUNNING, target=target, **fields
    )
    if not moved:
        return
    release_task(customer_id=task.customer_id)
    if target == TaskStatus.FAILED:
        logger.error("[OPS][PARKED] task_id=%s kind=%s error=%s", task.pk, task.kind, error)


def sweep_next(*, now: datetime) -> bool:
    """Release one task whose worker died; False when there is none.

    Its attempts count, so a task that kills its workers is parked in the end.
    """
    stuck = (
        Task.objects.filter(status=TaskStatus.RUNNING, due_at__lte=now)
        .order_by("due_at", "pk")
        .first()
    )
    if stuck is None:
        return False
    _release(stuck, now=now, error="The worker stopped before the task was done.")
    return True

"""Carrying tasks out: claim by lease and fence, write outside the transaction, record.

A claim takes the task and one piece of the customer's allowance together; a failure
gives both back. A task that may not run now keeps its reason and leaves the due set, so
that it cannot block others. One that fails again and again is parked as FAILED.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.db.models import F

from agents.lease import schedule_now
from agents.models import SystemSettings, Task
from agents.states import TaskStatus
from agents.work.services.tasks.weekly import plan_weekly_report
from agents.writing.errors import UnresolvedPlaceholder
from agents.writing.selectors.task_briefs import task_brief
from agents.writing.services import write_deliverable
from billing.entitlements import can_run_agent_for
from billing.services.usage import release_task, reserve_task
from hossagent.lib.money import dollars_to_micros
from hossagent.lib.text import single_line

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer

logger = logging.getLogger("agents.ops")

LEASE = timedelta(minutes=10)
HOLD = timedelta(minutes=10)
BACK_OFF = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
)
MAX_ATTEMPTS = len(BACK_OFF) + 1
TASKS_PER_PASS = 5
# Candidates looked at together; losing one to another worker moves on to the next.
LOOK_AHEAD = 8


def run_ops(*, customer: Customer, now: datetime) -> dict[str, int]:
    """Ops' part of a pass: plan the weekly report, carry out what is due, a few at a time."""
    counts = {"reports_planned": 1} if plan_weekly_report(customer=customer, now=now) else {}
    for _ in range(TASKS_PER_PASS):
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
    task = _claim(now=now, customer=customer)
    if not isinstance(task, Task):
        return task
    return _execute(task, now=now)


def _candidates(*, now: datetime, customer: Customer | None) -> list[Task]:
    due = Task.objects.filter(status=TaskStatus.PENDING, due_at__lte=now)
    if customer is not None:
        due = due.filter(customer=customer)
    else:
        due = due.filter(customer__autopilot=True, customer__closed_at=None)
    return list(
        due.order_by("due_at", "pk").select_related(
            "customer__subscription", "customer__profile", "lead"
        )[:LOOK_AHEAD]
    )


def _claim(*, now: datetime, customer: Customer | None) -> Task | str | None:
    """A task that is ours, "held" when one had to wait, or None when there is none."""
    candidates = _candidates(now=now, customer=customer)
    if candidates and customer is None and not _is_switched_on():
        return None
    for task in candidates:
        try:
            moved = _take(task, now=now)
        except _NothingLeft:
            _hold(task, now=now)
            return "held"
        if moved:
            task.fence += 1
            task.attempts += 1
            return task
    return None


@transaction.atomic
def _take(task: Task, *, now: datetime) -> int:
    """The task and a piece of the allowance, or neither."""
    moved = Task.objects.filter(pk=task.pk, fence=task.fence).move(
        source=TaskStatus.PENDING,
        target=TaskStatus.RUNNING,
        due_at=now + LEASE,
        fence=F("fence") + 1,
        attempts=F("attempts") + 1,
        started_at=now,
        held_reason="",
    )
    if moved and not reserve_task(customer_id=task.customer_id, now=now):
        raise _NothingLeft
    return moved


class _NothingLeft(Exception):
    """Rolls the claim back: the allowance is used up or the agents may not work."""


def _is_switched_on() -> bool:
    return SystemSettings.objects.filter(is_autopilot_on=True).exists()


def _hold(task: Task, *, now: datetime) -> None:
    """All of the customer's due tasks wait for the same thing, so they wait together."""
    reason = (
        "You have used all your trial's tasks. Upgrade to Pro to have this one done."
        if can_run_agent_for(task.customer, now=now)
        else "Your plan is not active. Choose a plan to have this task done."
    )
    held = Task.objects.filter(
        customer=task.customer_id, status=TaskStatus.PENDING, due_at__lte=now
    ).update(due_at=now + HOLD, held_reason=reason)
    logger.info("[OPS][HELD] customer_id=%s tasks=%s reason=%s", task.customer_id, held, reason)


def _execute(task: Task, *, now: datetime) -> str:
    try:
        brief = task_brief(task=task, now=now)
        deliverable = write_deliverable(brief=brief, now=now)
    except UnresolvedPlaceholder as error:
        _give_back(task, now=now, error=error.sentence)
        return "failed"
    except Exception as error:  # the loop's boundary: one bad task never stops others
        logger.exception("task failed", extra={"task": task.pk})
        _give_back(task, now=now, error=f"{type(error).__name__}: {error}")
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
        # The lease ran out and the sweeper gave the task, and its allowance, away.
        logger.warning("task lease lost", extra={"task": task.pk})
        return "lost"
    logger.info("[OPS][DONE] task_id=%s kind=%s by=%s", task.pk, task.kind, deliverable.written_by)
    return "done"


@transaction.atomic
def _give_back(task: Task, *, now: datetime, error: str) -> bool:
    """After a failure: back in the queue with a delay, or parked; the allowance is freed."""
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
        return False
    release_task(customer_id=task.customer_id)
    if target == TaskStatus.FAILED:
        logger.error("[OPS][PARKED] task_id=%s kind=%s error=%s", task.pk, task.kind, error)
    return True


def sweep_next(*, now: datetime) -> bool:
    """Take back one task whose worker died; False when there is none.

    Its attempts count, so that a task which kills its worker is parked in the end.
    """
    stuck = (
        Task.objects.filter(status=TaskStatus.RUNNING, due_at__lte=now)
        .order_by("due_at", "pk")
        .first()
    )
    if stuck is None:
        return False
    _give_back(stuck, now=now, error="The worker stopped before the task was done.")
    return True

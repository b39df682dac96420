"""Which task is done next: claimed together with one piece of the customer's allowance."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F

from agents.models import SystemSettings, Task
from agents.states import TaskStatus
from billing.entitlements import can_run_agent_for
from billing.services.usage import reserve_task

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer

logger = logging.getLogger("agents.ops")

LEASE = timedelta(minutes=10)
# How long tasks wait that the plan does not allow now.
HOLD = timedelta(minutes=10)
# Candidates read together; the one that another worker claims first is passed over.
LOOK_AHEAD = 8


class AllowanceUsedUp(Exception):
    """The customer has no task left, or its agents may not work; nothing was claimed."""


class TasksHeld(Exception):
    """The plan does not allow the task whose turn it was: the customer's due tasks wait."""


def claim_next(*, now: datetime, customer: Customer | None) -> Task | None:
    """The task that waits longest and is ours now; None when none is due.

    Without `customer` only those whose autopilot is on are looked at, and none while the
    global switch is off. Raises `TasksHeld`.
    """
    candidates = _candidates(now=now, customer=customer)
    if candidates and customer is None and not _is_switched_on():
        return None
    for task in candidates:
        try:
            is_ours = claim(task, now=now)
        except AllowanceUsedUp as error:
            _hold_due_tasks(task.customer, now=now)
            raise TasksHeld from error
        if is_ours:
            task.fence += 1
            task.attempts += 1
            return task
    return None


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


def _is_switched_on() -> bool:
    return SystemSettings.objects.filter(is_autopilot_on=True).exists()


@transaction.atomic
def claim(task: Task, *, now: datetime) -> bool:
    """The task and a piece of the allowance, or neither: False when another worker has the
    task. Raises `AllowanceUsedUp`."""
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
        raise AllowanceUsedUp
    return bool(moved)


def _hold_due_tasks(customer: Customer, *, now: datetime) -> None:
    """All of the customer's due tasks wait for the same thing, so they wait together."""
    reason = (
        "You have used all your trial's tasks. Upgrade to Pro to have this one done."
        if can_run_agent_for(customer, now=now)
        else "Your plan is not active. Choose a plan to have this task done."
    )
    held = Task.objects.filter(
        customer=customer, status=TaskStatus.PENDING, due_at__lte=now
    ).update(due_at=now + HOLD, held_reason=reason)
    logger.info("[OPS][HELD] customer_id=%s tasks=%s reason=%s", customer.pk, held, reason)

"""A customer's tasks as its pages list them; rewards and costs are the operator's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import get_object_or_404

from agents.models import Task
from agents.states import TaskStatus

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import Customer

# What the list can be narrowed to: key, label, statuses.
SHOWS: dict[str, tuple[str, tuple[TaskStatus, ...]]] = {
    "done": ("Done", (TaskStatus.DONE,)),
    "open": ("In progress", (TaskStatus.PENDING, TaskStatus.RUNNING)),
    "failed": ("Failed", (TaskStatus.FAILED,)),
}


def list_tasks(*, customer: Customer, show: str) -> QuerySet[Task]:
    """Newest first, without the documents themselves; an unknown `show` is everything."""
    tasks = Task.objects.filter(customer=customer)
    if show in SHOWS:
        tasks = tasks.filter(status__in=SHOWS[show][1])
    return tasks.select_related("lead").defer("deliverable").order_by("-pk")


def get_task(*, customer: Customer, pk: int) -> Task:
    """One of the customer's own tasks; 404 for anybody else's."""
    return get_object_or_404(Task.objects.select_related("lead").filter(customer=customer), pk=pk)

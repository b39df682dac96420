"""The work that is done for a customer."""

from __future__ import annotations

from django.db import models

from hossagent.lib.transitions import Transitions


class TaskStatus(models.TextChoices):
    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


TASK_TRANSITIONS = Transitions(
    TaskStatus,
    {
        TaskStatus.PENDING: {TaskStatus.RUNNING, TaskStatus.FAILED},
        TaskStatus.RUNNING: {TaskStatus.DONE, TaskStatus.FAILED, TaskStatus.PENDING},
        TaskStatus.DONE: {},
        # A person may give a failed task another go.
        TaskStatus.FAILED: {TaskStatus.PENDING},
    },
    initial={TaskStatus.PENDING},
)

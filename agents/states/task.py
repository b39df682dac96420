"""The work that is done for a customer."""

from __future__ import annotations

from django.db import models

from hossagent.lib.tones import Toned, Tones
from hossagent.lib.transitions import Transitions


class TaskStatus(Toned, models.TextChoices):
    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"

    @classmethod
    def tones(cls) -> Tones:
        return Tones(
            good={cls.DONE},
            bad={cls.FAILED},
            neutral={cls.PENDING, cls.RUNNING},
        )


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

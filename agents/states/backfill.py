"""A backfill: old rows that get a new column's value, beside live work."""

from __future__ import annotations

from django.db import models

from hossagent.lib.tones import Toned, Tones
from hossagent.lib.transitions import Transitions


class BackfillStatus(Toned, models.TextChoices):
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"

    @classmethod
    def tones(cls) -> Tones:
        return Tones(good={cls.DONE}, bad={cls.FAILED}, neutral={cls.RUNNING, cls.PAUSED})


BACKFILL_TRANSITIONS = Transitions(
    BackfillStatus,
    {
        BackfillStatus.RUNNING: {
            BackfillStatus.PAUSED,
            BackfillStatus.DONE,
            BackfillStatus.FAILED,
        },
        BackfillStatus.PAUSED: {BackfillStatus.RUNNING},
        BackfillStatus.FAILED: {BackfillStatus.RUNNING},
        # Workers of the release before may have added rows meanwhile.
        BackfillStatus.DONE: {BackfillStatus.RUNNING},
    },
    initial={BackfillStatus.RUNNING, BackfillStatus.DONE},
)

"""How far an upload of leads is; computed from its row, stored nowhere."""

from __future__ import annotations

from django.db import models

from hossagent.lib.tones import Toned, Tones


class ImportState(Toned, models.TextChoices):
    """In the order in which an upload passes through them. WAITING: for its columns."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"

    @classmethod
    def tones(cls) -> Tones:
        return Tones(good={cls.DONE}, bad={cls.FAILED}, neutral={cls.WAITING, cls.RUNNING})

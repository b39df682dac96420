"""The runs of the agents, and their searches for leads."""

from __future__ import annotations

from django.db import models

from hossagent.lib.tones import Toned, Tones


class CycleAgent(models.TextChoices):
    """The five agents, in the order of a cycle."""

    LEAD_SOURCE = "lead_source"
    BIZDEV = "bizdev"
    ONBOARDING = "onboarding"
    OPS = "ops"
    BILLING = "billing"


class CycleOutcome(Toned, models.TextChoices):
    OK = "ok"
    IDLE = "idle"
    SKIPPED = "skipped"
    FAILED = "failed"
    ABANDONED = "abandoned"

    @classmethod
    def tones(cls) -> Tones:
        return Tones(
            good={cls.OK},
            bad={cls.FAILED, cls.ABANDONED},
            quiet={cls.IDLE, cls.SKIPPED},
        )


class SourceResult(Toned, models.TextChoices):
    OK = "OK"
    API_ERROR = "API_ERROR"
    NO_CREDS = "NO_CREDS"

    @classmethod
    def tones(cls) -> Tones:
        return Tones(
            good={cls.OK},
            bad={cls.API_ERROR, cls.NO_CREDS},
        )

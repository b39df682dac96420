"""The runs of the agents, and their searches for leads."""

from __future__ import annotations

from django.db import models


class CycleAgent(models.TextChoices):
    """The five agents, in the order of a pass."""

    LEAD_SOURCE = "lead_source"
    BIZDEV = "bizdev"
    ONBOARDING = "onboarding"
    OPS = "ops"
    BILLING = "billing"


class CycleOutcome(models.TextChoices):
    OK = "ok"
    IDLE = "idle"
    SKIPPED = "skipped"
    FAILED = "failed"
    ABANDONED = "abandoned"


class SourceResult(models.TextChoices):
    OK = "OK"
    API_ERROR = "API_ERROR"
    NO_CREDS = "NO_CREDS"

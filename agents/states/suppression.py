"""Whom nobody may write to, and why."""

from __future__ import annotations

from django.db import models


class SuppressionKind(models.TextChoices):
    ADDRESS = "address"
    DOMAIN = "domain"


class SuppressionReason(models.TextChoices):
    OPT_OUT = "opt_out"
    HARD_BOUNCE = "hard_bounce"
    SOFT_BOUNCES = "soft_bounces"
    COMPLAINT = "complaint"
    MANUAL = "manual"
    LEGAL = "legal"

"""Each try to send an email, what came of it, and what the domain allows."""

from __future__ import annotations

from django.db import models


class QuotaMode(models.TextChoices):
    """Whose counters a mail uses. The sandbox world has its own clock, so its own too."""

    DRY_RUN = "dry_run"
    LIVE = "live"
    SANDBOX = "sandbox"


class AttemptOutcome(models.TextChoices):
    SUCCESS = "success"
    FAIL = "fail"
    THROTTLED = "throttled"
    REFUSED = "refused"
    DRY_RUN = "dry_run"
    UNKNOWN = "unknown"


class DeliveryKind(models.TextChoices):
    """What a provider's event or a bounce says about one mail that left."""

    DELIVERED = "delivered"
    DEFERRED = "deferred"
    BOUNCED = "bounced"
    SOFT_BOUNCED = "soft_bounced"
    COMPLAINED = "complained"
    DROPPED = "dropped"
    UNSUBSCRIBED = "unsubscribed"


class CheckResult(models.TextChoices):
    """The answer to one question about a sending domain; no answer is UNKNOWN."""

    PASS = "pass"  # noqa: S105 # an outcome, no secret
    FAIL = "fail"
    UNKNOWN = "unknown"

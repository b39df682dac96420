"""Each try to send an email, what came of it, and what the domain allows."""

from __future__ import annotations

from django.db import models

from hossagent.lib.tones import Toned, Tones


class QuotaMode(models.TextChoices):
    """Whose counters a mail uses. The sandbox world has its own clock, so its own too."""

    DRY_RUN = "dry_run"
    LIVE = "live"
    SANDBOX = "sandbox"


class AttemptOutcome(Toned, models.TextChoices):
    SUCCESS = "success"
    FAIL = "fail"
    THROTTLED = "throttled"
    REFUSED = "refused"
    DRY_RUN = "dry_run"
    UNKNOWN = "unknown"

    @classmethod
    def tones(cls) -> Tones:
        return Tones(
            good={cls.SUCCESS},
            bad={cls.FAIL, cls.THROTTLED, cls.REFUSED, cls.UNKNOWN},
            neutral={cls.DRY_RUN},
        )


class DeliveryKind(Toned, models.TextChoices):
    """What a provider's event or a bounce says about one mail that left."""

    DELIVERED = "delivered"
    DEFERRED = "deferred"
    BOUNCED = "bounced"
    SOFT_BOUNCED = "soft_bounced"
    COMPLAINED = "complained"
    DROPPED = "dropped"
    UNSUBSCRIBED = "unsubscribed"

    @classmethod
    def tones(cls) -> Tones:
        return Tones(
            good={cls.DELIVERED},
            bad={cls.BOUNCED, cls.COMPLAINED, cls.DROPPED, cls.UNSUBSCRIBED},
            neutral={cls.DEFERRED, cls.SOFT_BOUNCED},
        )


class CheckResult(Toned, models.TextChoices):
    """The answer to one question about a sending domain; no answer is UNKNOWN."""

    PASS = "pass"  # noqa: S105 # an outcome, no secret
    FAIL = "fail"
    UNKNOWN = "unknown"

    @classmethod
    def tones(cls) -> Tones:
        return Tones(
            good={cls.PASS},
            bad={cls.FAIL, cls.UNKNOWN},
        )

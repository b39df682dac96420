"""The operator's switches, one row."""

from __future__ import annotations

from django.db import models


class SystemSettings(models.Model):
    """Made by the first migration and never deleted; `pk` is always 1."""

    is_autopilot_on = models.BooleanField("autopilot", default=True)
    # The kill switch: while set, no new claim is made for anybody.
    outreach_stopped_at = models.DateTimeField(null=True, blank=True)

    # The operator's local day for which the digest was queued last.
    digest_sent_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "system settings"
        constraints = [
            models.CheckConstraint(name="agents_system_one_row", condition=models.Q(pk=1)),
        ]

    def __str__(self) -> str:
        return "System settings"

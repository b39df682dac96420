"""What the trial guard decided for a sign-up, with the signals it weighed, and its keys."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models import Customer
from billing.states import TrialOutcome


class TrialGuardKey(models.Model):
    """The key under which one kind of signal is hashed: made once, never changed
    (docs/adr/0007), and shown nowhere."""

    signal = models.CharField(max_length=20, unique=True)
    key = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.signal


class TrialIdentityQuerySet(models.QuerySet["TrialIdentity"]):
    def with_trial(self) -> TrialIdentityQuerySet:
        """Decisions that gave a trial, and those where the operator gave one."""
        return self.filter(
            models.Q(outcome=TrialOutcome.TRIAL) | models.Q(granted_at__isnull=False)
        )

    def refused(self) -> TrialIdentityQuerySet:
        """No trial, and the operator has not given one."""
        return self.filter(outcome=TrialOutcome.NO_TRIAL, granted_at=None)


class TrialIdentity(models.Model):
    """One decision. Addresses, browsers and cards are kept as keyed hashes only: enough to
    meet again, not enough to read; `billing.services.trial_guard` forgets them in time."""

    customer = models.ForeignKey(
        Customer, on_delete=models.SET_NULL, null=True, related_name="trial_identities"
    )
    outcome = models.CharField(max_length=10, choices=TrialOutcome.choices)
    score = models.PositiveSmallIntegerField()
    # One object per signal found: its name, its weight, how many earlier trials share it.
    signals = models.JSONField(default=list)
    mailbox_hash = models.CharField(max_length=64)
    domain_hash = models.CharField(max_length=64, blank=True)
    ip_hash = models.CharField(max_length=64, blank=True)
    device_hash = models.CharField(max_length=64, blank=True)
    card_hash = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField()
    # The operator gave a trial all the same; the decision stays as it was.
    granted_at = models.DateTimeField(null=True, blank=True)
    granted_by = models.CharField(max_length=254, blank=True)

    objects: ClassVar = TrialIdentityQuerySet.as_manager()

    class Meta:
        verbose_name = "trial decision"
        verbose_name_plural = "trial decisions"
        ordering = ["-decided_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="billing_trial_outcome", condition=models.Q(outcome__in=TrialOutcome.values)
            ),
            models.CheckConstraint(
                name="billing_trial_granted_by_somebody",
                condition=models.Q(granted_at=None, granted_by="")
                | (
                    models.Q(granted_at__isnull=False, outcome=TrialOutcome.NO_TRIAL)
                    & ~models.Q(granted_by="")
                ),
            ),
            # Two sign-ups at the same moment must not both find nothing.
            models.UniqueConstraint(
                fields=["mailbox_hash"],
                condition=models.Q(outcome=TrialOutcome.TRIAL),
                name="billing_trial_one_per_mailbox",
            ),
        ]
        indexes = [
            # Read by the trial guard: who had a trial with the same signal?
            models.Index(fields=["domain_hash"], name="billing_trial_by_domain"),
            models.Index(fields=["ip_hash"], name="billing_trial_by_ip"),
            models.Index(fields=["device_hash"], name="billing_trial_by_device"),
            models.Index(fields=["card_hash"], name="billing_trial_by_card"),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} ({self.score})"

"""What the trial guard decided for a sign-up and from which signals, and its hash keys."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models import Customer
from billing.states import TrialOutcome


class TrialGuardKey(models.Model):
    """The key under which one kind of signal is hashed. Created once, never changed
    (docs/adr/0007), and never shown."""

    signal = models.CharField(max_length=20, unique=True)
    key = models.CharField(max_length=64)

    def __str__(self) -> str:
        return self.signal


class TrialIdentityQuerySet(models.QuerySet["TrialIdentity"]):
    def with_trial(self) -> TrialIdentityQuerySet:
        """Decisions for a trial, and those after which the operator granted one."""
        return self.filter(
            models.Q(outcome=TrialOutcome.TRIAL) | models.Q(granted_at__isnull=False)
        )

    def refused(self) -> TrialIdentityQuerySet:
        """Decisions against a trial, after which the operator granted none."""
        return self.filter(outcome=TrialOutcome.NO_TRIAL, granted_at=None)


class TrialIdentity(models.Model):
    """One decision. Addresses, browsers and cards are stored as keyed hashes only: enough to
    recognize them, not enough to read them. `billing.services.trial_guard` deletes them
    after their retention."""

    customer = models.ForeignKey(
        Customer, on_delete=models.SET_NULL, null=True, related_name="trial_identities"
    )
    outcome = models.CharField(max_length=10, choices=TrialOutcome.choices)
    score = models.PositiveSmallIntegerField()
    # One object per signal found: its name, its weight, and how many earlier trials share it.
    signals = models.JSONField(default=list)
    mailbox_hash = models.CharField(max_length=64)
    domain_hash = models.CharField(max_length=64, blank=True)
    ip_hash = models.CharField(max_length=64, blank=True)
    device_hash = models.CharField(max_length=64, blank=True)
    card_hash = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField()
    # The operator granted a trial anyway. The decision stays as it was.
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
            # Two sign-ups at the same moment must not both find no earlier trial.
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

"""What the trial guard decided for a sign-up, with the signals it weighed."""

from __future__ import annotations

from django.db import models

from accounts.models import Customer
from billing.states import TrialOutcome


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

    class Meta:
        verbose_name = "trial decision"
        verbose_name_plural = "trial decisions"
        ordering = ["-decided_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="billing_trial_outcome", condition=models.Q(outcome__in=TrialOutcome.values)
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

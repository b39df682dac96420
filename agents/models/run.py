"""What the agents did and when: cycles, provider calls, and the workers' heartbeats."""

from __future__ import annotations

from django.db import models

from accounts.models import Customer
from agents.states import CycleAgent, CycleOutcome, SourceResult


class CycleRun(models.Model):
    """One agent's turn in one customer's cycle. Idle ones are pruned soon, others later."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="cycle_runs")
    agent = models.CharField(max_length=12, choices=CycleAgent.choices)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=CycleOutcome.choices)
    counts = models.JSONField(default=dict, blank=True)
    error = models.TextField(blank=True)
    started_by = models.CharField(
        max_length=254, default="autopilot", help_text="'autopilot' or who pressed the button."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="agents_run_outcome", condition=models.Q(outcome__in=CycleOutcome.values)
            ),
        ]
        indexes = [
            # Read by the run list of a customer and of the console.
            models.Index(fields=["customer", "-started_at"], name="agents_run_by_customer"),
            # Read by prune: idle runs go first.
            models.Index(fields=["outcome", "started_at"], name="agents_run_prune"),
        ]

    def __str__(self) -> str:
        return f"{self.agent} for {self.customer}: {self.outcome}"


class LeadSourceRun(models.Model):
    """One question to a lead provider and what came of it."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="source_runs")
    provider = models.CharField(max_length=40)
    at = models.DateTimeField()
    result = models.CharField(max_length=10, choices=SourceResult.choices)
    created = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    detail = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["-at"], name="agents_source_run_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.result}"


class RejectedCandidate(models.Model):
    """Somebody a search turned up who does not fit, with the reason; never a lead.

    Goes when its run is pruned.
    """

    run = models.ForeignKey(LeadSourceRun, on_delete=models.CASCADE, related_name="rejections")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=200)
    reason = models.CharField(max_length=500)

    class Meta:
        indexes = [
            # Read by the customer's lead pages, newest first.
            models.Index(fields=["customer", "-id"], name="agents_rejected_newest"),
        ]

    def __str__(self) -> str:
        return self.name


class SourceProgress(models.Model):
    """How far a provider got for one customer's niche and geography.

    A changed niche or geography starts anew; `next_look_at` keeps a failing or used-up
    provider from being asked in every cycle.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    provider = models.CharField(max_length=40)
    query = models.CharField(max_length=420, help_text="Niche and geography, lower case.")
    cursor = models.CharField(max_length=500, blank=True, help_text="The provider's own words.")
    result = models.CharField(max_length=10, choices=SourceResult.choices, default=SourceResult.OK)
    failures = models.PositiveSmallIntegerField(default=0)
    next_look_at = models.DateTimeField(null=True, blank=True)
    is_exhausted = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "provider"], name="agents_source_progress_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} for {self.query}"


class Heartbeat(models.Model):
    """When each loop last ran, and what it did since its row was made."""

    loop = models.CharField(max_length=60, primary_key=True)
    beat_at = models.DateTimeField()
    detail = models.CharField(max_length=300, blank=True)
    # They only grow. Of all processes together.
    runs = models.PositiveBigIntegerField(default=0, db_default=0)
    rows_done = models.PositiveBigIntegerField(default=0, db_default=0)
    failures = models.PositiveBigIntegerField(default=0, db_default=0)
    busy_seconds = models.FloatField(default=0.0, db_default=0.0)

    def __str__(self) -> str:
        return self.loop

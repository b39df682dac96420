"""How far each backfill is: one row per name, made by the migration that starts it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from agents.states import BACKFILL_TRANSITIONS, BackfillStatus
from hossagent.lib.transitions import StateQuerySet


class Backfill(models.Model):
    """Old rows of one table on their way to a new column's value.

    `agents.backfills` says what each name means and fills the rows, a batch at a time.
    """

    transitions = BACKFILL_TRANSITIONS

    name = models.CharField(max_length=60, unique=True)
    status = models.CharField(
        max_length=8, choices=BackfillStatus.choices, default=BackfillStatus.RUNNING
    )
    # When its next batch is due; NULL unless RUNNING.
    due_at = models.DateTimeField(null=True, blank=True)
    # Rows up to this key have been looked at in this pass over the table.
    cursor = models.BigIntegerField(default=0)
    # Counted by the first batch; NULL before.
    total = models.PositiveBigIntegerField(null=True, blank=True)
    done = models.PositiveBigIntegerField(default=0)
    # A pass that fills none of the rows that are left will not fill them next time either.
    done_in_pass = models.PositiveBigIntegerField(default=0)
    # Failures of the batch in hand, one after the other.
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)
    started_at = models.DateTimeField()
    # Since when it has been running without a pause, and what was done then: its rate.
    resumed_at = models.DateTimeField()
    done_at_resume = models.PositiveBigIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = StateQuerySet["Backfill"].as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="agents_backfill_status",
                condition=models.Q(status__in=BackfillStatus.values),
            ),
            models.CheckConstraint(
                name="agents_backfill_running_is_due",
                condition=models.Q(status=BackfillStatus.RUNNING, due_at__isnull=False)
                | (~models.Q(status=BackfillStatus.RUNNING) & models.Q(due_at=None)),
            ),
            models.CheckConstraint(
                name="agents_backfill_done_is_finished",
                condition=models.Q(status=BackfillStatus.DONE, finished_at__isnull=False)
                | (~models.Q(status=BackfillStatus.DONE) & models.Q(finished_at=None)),
            ),
        ]
        indexes = [
            # Read by the loop: which batch is due?
            models.Index(
                fields=["due_at"],
                name="agents_backfill_due",
                condition=models.Q(due_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.status}"

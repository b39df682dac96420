"""A piece of work with a deliverable, for one customer."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models import Customer
from agents.models.lead import Lead
from agents.states import TASK_TRANSITIONS, TaskStatus
from billing.models import InvoiceLine
from hossagent.lib.money import MICROS_PER_CENT
from hossagent.lib.transitions import StateQuerySet


class Task(models.Model):
    transitions = TASK_TRANSITIONS

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="tasks")
    lead = models.ForeignKey(
        Lead, on_delete=models.SET_NULL, null=True, blank=True, related_name="tasks"
    )
    kind = models.CharField(max_length=40)
    # Names the occasion ("starter", "lead:5", "week:2026-W47"): one task per occasion.
    dedupe_key = models.CharField(max_length=80)
    title = models.CharField(max_length=200)
    status = models.CharField(max_length=8, choices=TaskStatus.choices, default=TaskStatus.PENDING)
    deliverable = models.TextField(blank=True, help_text="Markdown.")
    written_by = models.CharField(max_length=40, blank=True)
    reward_cents = models.PositiveIntegerField()
    # Measured: millionths of a dollar, because a token costs less than a cent.
    cost_micros = models.PositiveBigIntegerField(default=0)

    # PENDING not before, RUNNING end of the lease; NULL when there is nothing to do.
    due_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    fence = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    # Why a pending task waits (the allowance, the plan), in words for the customer.
    held_reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    invoice_line = models.OneToOneField(
        InvoiceLine, on_delete=models.PROTECT, null=True, blank=True, related_name="task"
    )

    objects: ClassVar = StateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="agents_task_status", condition=models.Q(status__in=TaskStatus.values)
            ),
            models.UniqueConstraint(
                fields=["customer", "kind", "dedupe_key"], name="agents_task_once"
            ),
            models.CheckConstraint(
                name="agents_task_done_is_delivered",
                condition=~models.Q(status=TaskStatus.DONE)
                | (~models.Q(deliverable="") & models.Q(finished_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="agents_task_open_is_due",
                condition=models.Q(
                    status__in=[TaskStatus.PENDING, TaskStatus.RUNNING], due_at__isnull=False
                )
                | models.Q(status__in=[TaskStatus.DONE, TaskStatus.FAILED], due_at=None),
            ),
            models.CheckConstraint(
                name="agents_task_billed_when_done",
                condition=models.Q(invoice_line=None) | models.Q(status=TaskStatus.DONE),
            ),
        ]
        indexes = [
            # Read by Ops and the sweeper.
            models.Index(
                fields=["customer", "status", "due_at"],
                name="agents_task_due",
                condition=models.Q(due_at__isnull=False),
            ),
            # Read by the portal's first page: what was done, on which day, for which lead?
            models.Index(
                fields=["customer", "finished_at", "lead"],
                name="agents_task_done",
                condition=models.Q(status=TaskStatus.DONE),
            ),
            # Read by Billing: what is done and not yet on a work summary?
            models.Index(
                fields=["customer", "finished_at"],
                name="agents_task_unbilled",
                condition=models.Q(status=TaskStatus.DONE, invoice_line=None),
            ),
            # Read by the console: what failed for good?
            models.Index(
                fields=["created_at"],
                name="agents_task_failed",
                condition=models.Q(status=TaskStatus.FAILED),
            ),
            # Read by the work list, newest first.
            models.Index(fields=["customer", "-id"], name="agents_task_newest"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def profit_micros(self) -> int:
        """Reward less measured cost, in millionths of a dollar; may be negative."""
        return self.reward_cents * MICROS_PER_CENT - self.cost_micros

"""What people did with the mails they were shown: the measure of how well copy is accepted."""

from __future__ import annotations

from django.db import models

from accounts.models import Customer
from agents.models.message import Message
from agents.states import ApprovalOutcome


class ApprovalDecision(models.Model):
    """One decision on one message; the newest ones decide whether review is needed."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="decisions")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="decisions")
    outcome = models.CharField(max_length=10, choices=ApprovalOutcome.choices)
    by = models.CharField(max_length=254)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="agents_approval_outcome",
                condition=models.Q(outcome__in=ApprovalOutcome.values),
            ),
        ]
        indexes = [
            # Read when a decision is made: how were the last ones?
            models.Index(fields=["customer", "-id"], name="agents_approval_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} by {self.by}"

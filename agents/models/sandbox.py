"""Who of the sandbox world will answer a simulated message, and when."""

from __future__ import annotations

from django.db import models

from agents.models.message import Message


class SandboxReaction(models.Model):
    """What a persona of the sandbox world will answer to one simulated message, and when.

    Made in the transaction that records the dry run, without a persona; the sandbox chooses
    one and the time of its answer. Answered once.

    Until then it is not due, so that workers of version 0.1.0, which expect a persona in all
    that is due, leave it alone.
    """

    message = models.OneToOneField(
        Message, on_delete=models.CASCADE, related_name="sandbox_reaction", primary_key=True
    )
    persona = models.CharField(max_length=40, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    # Without a persona: when the dry run was recorded.
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="agents_sandbox_answered_or_due",
                condition=models.Q(due_at__isnull=False, answered_at=None)
                | models.Q(due_at=None, answered_at__isnull=False),
            ),
        ]
        indexes = [
            # Read by sandbox_reply: which dry run has no persona yet?
            models.Index(
                fields=["answered_at"],
                name="agents_sandbox_uncast",
                condition=models.Q(persona=""),
            ),
            # Read by sandbox_reply: whose answer is due?
            models.Index(
                fields=["due_at"],
                name="agents_sandbox_due",
                condition=models.Q(due_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.persona} on {self.message}"

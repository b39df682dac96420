"""Account mail (sign-in, invitations, digests): written as rows, sent at least once."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.states import OUTBOX_TRANSITIONS, OutboxStatus
from hossagent.lib.transitions import StateQuerySet


class OutboxMail(models.Model):
    """One account mail. `dedupe_key` makes a second enqueue of the same news harmless."""

    transitions = OUTBOX_TRANSITIONS

    kind = models.CharField(max_length=60)
    dedupe_key = models.CharField(max_length=200, unique=True)
    customer_id = models.BigIntegerField(null=True, blank=True)
    to = models.EmailField(max_length=254)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    html = models.TextField(blank=True)
    status = models.CharField(
        max_length=10, choices=OutboxStatus.choices, default=OutboxStatus.QUEUED
    )
    # Set while there is something to do; the partial index holds only such rows.
    not_before_at = models.DateTimeField(null=True, blank=True)
    # News that nobody needs any more is not sent: a sign-in link after its quarter hour.
    expires_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = StateQuerySet.as_manager()

    class Meta:
        verbose_name = "account mail"
        verbose_name_plural = "account mail"
        constraints = [
            models.CheckConstraint(
                name="accounts_outbox_status", condition=models.Q(status__in=OutboxStatus.values)
            ),
            models.CheckConstraint(
                name="accounts_outbox_sent_has_time",
                condition=~models.Q(status=OutboxStatus.SENT) | models.Q(sent_at__isnull=False),
            ),
            models.CheckConstraint(
                name="accounts_outbox_open_is_due",
                condition=models.Q(
                    status__in=[OutboxStatus.QUEUED, OutboxStatus.SENDING],
                    not_before_at__isnull=False,
                )
                | models.Q(
                    status__in=[OutboxStatus.HELD, OutboxStatus.SENT, OutboxStatus.FAILED],
                    not_before_at=None,
                ),
            ),
        ]
        indexes = [
            # Read by accounts.send_outbox: which mail is due?
            models.Index(
                fields=["not_before_at"],
                name="accounts_outbox_due",
                condition=models.Q(not_before_at__isnull=False),
            ),
            # Read by `doctor` and /metrics: what failed for good?
            models.Index(
                fields=["created_at"],
                name="accounts_outbox_failed",
                condition=models.Q(status=OutboxStatus.FAILED),
            ),
            # Read by the sweeper: what waits for email to go live?
            models.Index(
                fields=["expires_at"],
                name="accounts_outbox_held",
                condition=models.Q(status=OutboxStatus.HELD),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.to}"

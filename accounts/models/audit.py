"""Who did what to whom: written in the transaction of the action, never changed."""

from __future__ import annotations

from django.db import models


class AuditEvent(models.Model):
    """One action of a person or of the system; `accounts.states.AuditAction` lists them.

    Plain values instead of foreign keys: the record outlives what it speaks of.
    """

    at = models.DateTimeField()
    actor = models.CharField(max_length=254, help_text="Email of the person, or 'system'.")
    action = models.CharField(max_length=80)
    customer_id = models.BigIntegerField(null=True, blank=True)
    subject_type = models.CharField(max_length=60, blank=True)
    subject_id = models.CharField(max_length=60, blank=True)
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            # Read by the audit trail on a customer's page in the console.
            models.Index(fields=["customer_id", "-at"], name="accounts_audit_by_customer"),
            # Read by a lead's history: what did people decide about it?
            models.Index(fields=["subject_type", "subject_id"], name="accounts_audit_of_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.action}"

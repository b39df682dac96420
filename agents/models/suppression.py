"""Who must not be written to: by one customer, or by anybody."""

from __future__ import annotations

from django.db import models

from accounts.models import Customer
from agents.states import SuppressionKind, SuppressionReason


class Suppression(models.Model):
    """An address or a domain. The hash decides; the clear text may be erased."""

    customer = models.ForeignKey(
        Customer,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="suppressions",
        help_text="Empty: for every customer.",
    )
    kind = models.CharField(max_length=8, choices=SuppressionKind.choices)
    value_hash = models.CharField(max_length=64)
    value = models.CharField(max_length=254, blank=True)
    reason = models.CharField(max_length=12, choices=SuppressionReason.choices)
    note = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind", "value_hash"],
                condition=models.Q(customer__isnull=False),
                name="agents_suppression_customer_once",
            ),
            models.UniqueConstraint(
                fields=["kind", "value_hash"],
                condition=models.Q(customer=None),
                name="agents_suppression_global_once",
            ),
            models.CheckConstraint(
                name="agents_suppression_kind",
                condition=models.Q(kind__in=SuppressionKind.values),
            ),
        ]
        indexes = [
            # Read by the send gate.
            models.Index(fields=["value_hash"], name="agents_suppression_hash"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.value or self.value_hash[:12]}"

"""Everything a customer has, packed on request; kept in the database because the worker
that packs it and the web process that hands it out may be on different hosts."""

from __future__ import annotations

from django.db import models

from accounts.models import Customer


class DataExport(models.Model):
    """One request. Pending while `due_at` is set (not before, or the end of a worker's
    lease); then it has either its content or an error."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="exports")
    requested_by = models.CharField(max_length=254)
    requested_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    content = models.BinaryField(default=bytes, blank=True)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer"],
                condition=models.Q(due_at__isnull=False),
                name="agents_export_one_pending",
            ),
            models.CheckConstraint(
                name="agents_export_pending_or_finished",
                condition=models.Q(due_at__isnull=False, finished_at=None)
                | models.Q(due_at=None, finished_at__isnull=False),
            ),
        ]
        indexes = [
            # Read by build_exports: which one is due?
            models.Index(
                fields=["due_at"],
                name="agents_export_due",
                condition=models.Q(due_at__isnull=False),
            ),
            # Read by the same loop: which file is old enough to go?
            models.Index(
                fields=["expires_at"],
                name="agents_export_expires",
                condition=models.Q(expires_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Export of {self.customer}"

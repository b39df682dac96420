"""A table of leads that somebody uploaded: read once, then worked off chunk by chunk."""

from __future__ import annotations

from django.db import models

from accounts.models import Customer


class ImportJob(models.Model):
    """One upload. It waits for its columns to be named, then is due until it is finished.

    The rows are in `ImportChunk`, because the web process that took the file and the
    worker that imports it may be on different hosts.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="import_jobs")
    file_name = models.CharField(max_length=200)
    uploaded_by = models.CharField(max_length=254)
    uploaded_at = models.DateTimeField()
    header = models.JSONField(default=list)
    has_header = models.BooleanField(default=True)
    columns = models.JSONField(default=dict, blank=True, help_text="Field → column number.")
    total = models.PositiveIntegerField(default=0)

    due_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    next_chunk = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    duplicate = models.PositiveIntegerField(default=0)
    suppressed = models.PositiveIntegerField(default=0)
    invalid = models.PositiveIntegerField(default=0)
    over_allowance = models.PositiveIntegerField(default=0)
    # What the warnings about the list's quality are computed from.
    quality = models.JSONField(default=dict, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="agents_import_finished_is_not_due",
                condition=models.Q(finished_at=None) | models.Q(due_at=None),
            ),
            models.CheckConstraint(
                name="agents_import_counts_add_up",
                condition=models.Q(
                    done=models.F("created")
                    + models.F("duplicate")
                    + models.F("suppressed")
                    + models.F("invalid")
                    + models.F("over_allowance")
                ),
            ),
        ]
        indexes = [
            # Read by import_uploads: which upload is due?
            models.Index(
                fields=["due_at"],
                name="agents_import_due",
                condition=models.Q(due_at__isnull=False),
            ),
            # Read by the upload page, newest first.
            models.Index(fields=["customer", "-id"], name="agents_import_newest"),
        ]

    def __str__(self) -> str:
        return self.file_name


class ImportChunk(models.Model):
    """Some rows of an upload; once imported, also what became of each."""

    job = models.ForeignKey(ImportJob, on_delete=models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    rows = models.JSONField(help_text="[row number, cells, problem] of each row.")
    results = models.JSONField(null=True, blank=True, help_text="[outcome, lead, detail] each.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "number"], name="agents_import_chunk_once"),
        ]

    def __str__(self) -> str:
        return f"{self.job} {self.number}"

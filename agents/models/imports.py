"""A file of leads that somebody uploaded, and its import, chunk by chunk."""

from __future__ import annotations

from django.db import models

from accounts.models import Customer


class ImportJob(models.Model):
    """The import of one uploaded file. A worker reads the file into rows while a person names
    its columns; then the import is due until it is finished.

    File and rows are in tables, because the web process that took the file and the worker
    that reads and imports it may be on different hosts.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="import_jobs")
    file_name = models.CharField(max_length=200)
    uploaded_by = models.CharField(max_length=254)
    uploaded_at = models.DateTimeField()
    header = models.JSONField(default=list)
    sample = models.JSONField(default=list, blank=True, help_text="The first rows' cells.")
    has_header = models.BooleanField(default=True)
    columns = models.JSONField(default=dict, blank=True, help_text="Field → column number.")
    total = models.PositiveIntegerField(
        null=True, blank=True, help_text="Rows; unknown until the file has been read."
    )

    # When a worker must look at the unread file: at once, or when the lease of the worker that
    # reads it has run out. The time is also that worker's fence.
    reading_due_at = models.DateTimeField(null=True, blank=True)
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
            # Still to be read, or read, or ended unread; nothing else.
            models.CheckConstraint(
                name="agents_import_is_read_once",
                condition=models.Q(
                    reading_due_at__isnull=False, total=None, finished_at=None, next_chunk=0
                )
                | models.Q(reading_due_at=None, total__isnull=False)
                | models.Q(
                    reading_due_at=None, total=None, next_chunk=0, finished_at__isnull=False
                ),
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
            # Read by import_uploads: which import is due?
            models.Index(
                fields=["due_at"],
                name="agents_import_due",
                condition=models.Q(due_at__isnull=False),
            ),
            # Read by import_uploads: which file is to be read?
            models.Index(
                fields=["reading_due_at"],
                name="agents_import_unread",
                condition=models.Q(reading_due_at__isnull=False),
            ),
            # Read by the upload page, newest first.
            models.Index(fields=["customer", "-id"], name="agents_import_newest"),
        ]

    def __str__(self) -> str:
        return self.file_name


class ImportFile(models.Model):
    """An uploaded file as it came; gone as soon as it has been read or cannot be."""

    job = models.OneToOneField(
        ImportJob, on_delete=models.CASCADE, primary_key=True, related_name="file"
    )
    content = models.BinaryField()

    def __str__(self) -> str:
        return str(self.job)


class ImportChunk(models.Model):
    """Some rows of an uploaded file; once imported, also what became of each."""

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

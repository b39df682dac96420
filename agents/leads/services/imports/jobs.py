"""The import of an uploaded file: in the background, chunk by chunk, each exactly once."""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING

from django.db import transaction

from accounts.services import audit
from accounts.states import AuditAction
from agents.leads.columns import ColumnMap
from agents.leads.quality import ListQuality
from agents.leads.services.imports.records import import_records, list_quality
from agents.leads.services.imports.uploads import MAX_ATTEMPTS, PAUSE
from agents.leads.services.store import RowOutcome
from agents.models import ImportChunk, ImportJob
from hossagent.lib.tables import Record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from agents.leads.services.imports.records import ImportedRow

logger = logging.getLogger("agents.imports")


def start_import(*, job: ImportJob, columns: Mapping[str, int], by: str, now: datetime) -> bool:
    """Import the file with these columns, as soon as it has been read. False when its import
    was started already, or it cannot be read."""
    with transaction.atomic():
        started = ImportJob.objects.filter(
            pk=job.pk, due_at=None, finished_at=None, next_chunk=0
        ).update(columns=dict(columns), due_at=now)
        if started:
            audit.record(
                AuditAction.LEADS_IMPORTED,
                at=now,
                actor=by,
                customer_id=job.customer_id,
                subject=job,
                change=audit.Change(
                    after={
                        "file": job.file_name,
                        "rows": job.total if job.total is not None else "not read yet",
                    }
                ),
            )
    return bool(started)


def import_next(*, now: datetime) -> bool:
    """Import the next chunk of the file that waits longest; False when none is due.

    The chunk's leads, its results and the counts are one transaction: a worker that dies
    leaves the chunk as it was.
    """
    job_pk = 0
    try:
        with transaction.atomic():
            job = (
                ImportJob.objects.filter(due_at__lte=now, total__isnull=False)
                .order_by("due_at", "pk")
                .select_for_update(skip_locked=True)
                .first()
            )
            if job is None:
                return False
            job_pk = job.pk
            _import_chunk(job, now=now)
    except Exception:  # a broken import must not stop the others
        logger.exception("import failed", extra={"job": job_pk})
        _reschedule_or_end(job_pk, now=now)
    return True


def _import_chunk(job: ImportJob, *, now: datetime) -> None:
    chunk = ImportChunk.objects.get(job=job, number=job.next_chunk)
    records = [Record(number, tuple(cells), problem) for number, cells, problem in chunk.rows]
    imported = [
        row
        for batch in import_records(
            customer=job.customer,
            records=records,
            mapping=ColumnMap(dict(job.columns), job.has_header),
            file_name=job.file_name,
            source="upload",
            now=now,
        )
        for row in batch
    ]
    chunk.results = [
        [row.result.outcome.value, row.result.lead_id, row.result.detail] for row in imported
    ]
    chunk.save(update_fields=["results"])
    _save_counts(job, imported, now=now)


def _save_counts(job: ImportJob, imported: list[ImportedRow], *, now: datetime) -> None:
    counts = Counter(row.result.outcome.value for row in imported)
    for outcome in RowOutcome:
        setattr(job, outcome.value, getattr(job, outcome.value) + counts[outcome.value])
    job.done += len(imported)
    job.quality = (ListQuality.of(job.quality) + list_quality(imported)).as_dict()
    job.next_chunk += 1
    job.attempts = 0
    # At the end of the line: the imports of several customers take turns.
    job.due_at = now
    assert job.total is not None, "it has been read"
    if job.done >= job.total:
        job.due_at, job.finished_at = None, now
    job.save()


def _reschedule_or_end(job_pk: int, *, now: datetime) -> None:
    """Try again in a while; after `MAX_ATTEMPTS` the import ends with a sentence."""
    job = ImportJob.objects.filter(pk=job_pk).first()
    if job is None:
        return
    job.attempts += 1
    job.due_at = now + PAUSE
    if job.attempts >= MAX_ATTEMPTS:
        job.due_at, job.finished_at = None, now
        job.error = (
            f"The import stopped after row {job.done:,}. What was imported stays. "
            "Upload the file again to continue. No lead is added twice."
        )
    job.save(update_fields=["attempts", "due_at", "finished_at", "error"])

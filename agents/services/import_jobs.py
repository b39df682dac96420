"""Uploads: taken in whole, imported in the background, chunk by chunk, each exactly once."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

from django.db import transaction

from accounts.services import audit
from agents.models import ImportChunk, ImportJob
from agents.quality import ListFacts
from agents.services.imports import import_records, list_facts
from agents.services.source import Outcome
from agents.sources.upload import ColumnMap, guess_mapping
from hossagent.lib.tables import Record, UnreadableTable, read_csv, read_xlsx

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from django.core.files.uploadedfile import UploadedFile

    from accounts.models import Customer

logger = logging.getLogger("agents.imports")

MAX_ROWS = 50_000
# Rows of one transaction: SQLite's only write lock is held for about a tenth of a second.
CHUNK = 500
MAX_ATTEMPTS = 3
PAUSE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as read: its name and every record, the header included."""

    name: str
    records: Iterable[Record]


def open_file(*, customer: Customer, file: UploadedFile, by: str, now: datetime) -> ImportJob:
    """`open_job` for a file as a form takes it: a workbook by its ending, else text."""
    name = file.name or "upload"
    with NamedTemporaryFile(suffix=Path(name).suffix.lower()) as copy:
        for chunk in file.chunks():
            copy.write(chunk)
        copy.flush()
        read = read_xlsx if name.lower().endswith(".xlsx") else read_csv
        upload = Upload(name, read(Path(copy.name)))
        return open_job(customer=customer, upload=upload, by=by, now=now)


def open_job(*, customer: Customer, upload: Upload, by: str, now: datetime) -> ImportJob:
    """Read the whole file into rows and guess its columns; nothing is imported yet.

    Raises `UnreadableTable` for an empty file or one of more than `MAX_ROWS` rows, and
    what reading raises; then nothing is kept.
    """
    records = iter(upload.records)
    first = next(records, None)
    if first is None:
        raise UnreadableTable("The file is empty.")
    guess = guess_mapping(first, is_strict=False)
    with transaction.atomic():
        job = ImportJob.objects.create(
            customer=customer,
            file_name=upload.name[:200],
            uploaded_by=by,
            uploaded_at=now,
            header=list(first.cells),
            has_header=guess.has_header,
            columns=guess.columns,
        )
        rows = records if guess.has_header else _chained(first, records)
        job.total = _store_chunks(job, rows)
        job.save(update_fields=["total"])
    return job


def _chained(first: Record, records: Iterable[Record]) -> Iterable[Record]:
    yield first
    yield from records


def _store_chunks(job: ImportJob, records: Iterable[Record]) -> int:
    remaining, total, number = iter(records), 0, 0
    while batch := list(islice(remaining, CHUNK)):
        total += len(batch)
        if total > MAX_ROWS:
            raise UnreadableTable(
                f"The file has more than {MAX_ROWS:,} rows. Split it and upload the parts."
            )
        rows = [[record.number, list(record.cells), record.problem] for record in batch]
        ImportChunk.objects.create(job=job, number=number, rows=rows)
        number += 1
    if not total:
        raise UnreadableTable("The file has a header and no rows below it.")
    return total


def start_job(*, job: ImportJob, columns: Mapping[str, int], by: str, now: datetime) -> bool:
    """Import it with these columns. False when it was started already."""
    with transaction.atomic():
        started = ImportJob.objects.filter(
            pk=job.pk, due_at=None, finished_at=None, next_chunk=0
        ).update(columns=dict(columns), due_at=now)
        if started:
            audit.record(
                at=now,
                actor=by,
                action="leads.import",
                customer_id=job.customer_id,
                subject=job,
                after={"file": job.file_name, "rows": job.total},
            )
    return bool(started)


def import_next(*, now: datetime) -> bool:
    """Import the next chunk of the upload that waits longest; False when none is due.

    The chunk's leads, its results and the counts are one transaction: a worker that dies
    leaves the chunk as it was.
    """
    job_pk = 0
    try:
        with transaction.atomic():
            job = (
                ImportJob.objects.filter(due_at__lte=now)
                .order_by("due_at", "pk")
                .select_for_update(skip_locked=True)
                .first()
            )
            if job is None:
                return False
            job_pk = job.pk
            _import_chunk(job, now=now)
    except Exception:  # a broken upload must not stop the others
        logger.exception("import failed", extra={"job": job_pk})
        _put_back(job_pk, now=now)
    return True


def _import_chunk(job: ImportJob, *, now: datetime) -> None:
    chunk = ImportChunk.objects.get(job=job, number=job.next_chunk)
    records = [Record(number, tuple(cells), problem) for number, cells, problem in chunk.rows]
    mapping = ColumnMap(dict(job.columns), job.has_header)
    imported = [
        row
        for batch in import_records(
            customer=job.customer,
            records=records,
            mapping=mapping,
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
    counts = Counter(row.result.outcome.value for row in imported)
    for outcome in Outcome:
        setattr(job, outcome.value, getattr(job, outcome.value) + counts[outcome.value])
    job.done += len(imported)
    job.quality = (ListFacts.of(job.quality) + list_facts(imported)).as_dict()
    job.next_chunk += 1
    job.attempts = 0
    # At the end of the line: uploads of several customers take turns.
    job.due_at = now
    if job.done >= job.total:
        job.due_at, job.finished_at = None, now
    job.save()


def _put_back(job_pk: int, *, now: datetime) -> None:
    """Try again in a while; after `MAX_ATTEMPTS` the upload ends with a sentence."""
    job = ImportJob.objects.filter(pk=job_pk).first()
    if job is None:
        return
    job.attempts += 1
    job.due_at = now + PAUSE
    if job.attempts >= MAX_ATTEMPTS:
        job.due_at, job.finished_at = None, now
        job.error = (
            f"The import stopped after row {job.done:,}. What was imported stays; "
            "upload the file again to go on: nobody is added twice."
        )
    job.save(update_fields=["attempts", "due_at", "finished_at", "error"])

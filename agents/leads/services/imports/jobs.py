"""Uploads: kept, read and imported in the background, chunk by chunk, each exactly once."""

from __future__ import annotations

import json
import logging
from collections import Counter
from datetime import timedelta
from itertools import chain, islice
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import TYPE_CHECKING

from django.db import transaction

from accounts.services import audit
from accounts.states import AuditAction
from agents.leads.columns import ColumnMap, guess_mapping
from agents.leads.quality import ListQuality
from agents.leads.services.imports.records import import_records, list_quality
from agents.leads.services.store import RowOutcome
from agents.models import ImportChunk, ImportFile, ImportJob
from hossagent.lib.tables import Record, UnreadableTable, read_csv, read_xlsx

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime
    from typing import IO

    from django.core.files.uploadedfile import UploadedFile

    from accounts.models import Customer

logger = logging.getLogger("agents.imports")

MAX_ROWS = 50_000
MAX_NAME = 200
# Rows of one transaction: SQLite's only write lock is held for about a tenth of a second.
CHUNK = 500
# Rows shown while a person names the columns.
SAMPLE_ROWS = 5
MAX_ATTEMPTS = 3
# A workbook of 50,000 rows is read within seconds; whoever takes longer is gone.
READING_LEASE = timedelta(minutes=10)
PAUSE = timedelta(minutes=1)


def open_file(*, customer: Customer, file: UploadedFile, by: str, now: datetime) -> ImportJob:
    """Keep a file as a form takes it, with its first rows and a guess at its columns.

    A workbook goes by its ending, anything else is text. Only the first rows are read here;
    a worker reads the rest (`read_next`), and nothing is imported before `start_job`. Raises
    `UnreadableTable` when no row can be read; then nothing is kept.
    """
    name = file.name or "upload"
    with NamedTemporaryFile(suffix=_suffix(name)) as copy:
        for piece in file.chunks():
            copy.write(piece)
        copy.flush()
        path = Path(copy.name)
        records = _read(path)
        first = next(records, None)
        if first is None:
            raise UnreadableTable("The file is empty.")
        guess = guess_mapping(first, is_strict=False)
        rows = records if guess.has_header else chain([first], records)
        sample = [list(record.cells) for record in islice(rows, SAMPLE_ROWS)]
        if not sample:
            raise UnreadableTable("The file has a header and no rows below it.")
        with transaction.atomic():
            job = ImportJob.objects.create(
                customer=customer,
                file_name=_shortened(name),
                uploaded_by=by,
                uploaded_at=now,
                header=list(first.cells),
                sample=sample,
                has_header=guess.has_header,
                columns=guess.columns,
                reading_due_at=now,
            )
            ImportFile.objects.create(job=job, content=path.read_bytes())
    return job


def _shortened(name: str) -> str:
    """As much of the name as there is room for, with the ending that says how to read it."""
    ending = Path(name).suffix
    return f"{name.removesuffix(ending)[: MAX_NAME - len(ending)]}{ending}"


def _suffix(name: str) -> str:
    return Path(name).suffix.lower()


def _read(path: Path) -> Iterator[Record]:
    if path.suffix == ".xlsx":
        return read_xlsx(path, last_row=MAX_ROWS + 1)
    return read_csv(path)


# --- Reading the file -----------------------------------------------------------------


def read_next(*, now: datetime) -> bool:
    """Read the file that waits longest into rows; False when none waits.

    Reading may take a while and holds no lock; the rows are stored in one transaction, and
    only by the worker whose lease it still is, so that they are there once. A worker that
    dies leaves the file to the next one, `MAX_ATTEMPTS` times.
    """
    job = ImportJob.objects.filter(reading_due_at__lte=now).order_by("reading_due_at", "pk").first()
    if job is None:
        return False
    lease = now + READING_LEASE
    mine = ImportJob.objects.filter(pk=job.pk, reading_due_at=job.reading_due_at)
    if not mine.update(reading_due_at=lease, attempts=job.attempts + 1):
        return True  # another worker was faster
    if job.attempts >= MAX_ATTEMPTS:
        reason = "The file could not be read. Save it as CSV and upload that."
        _give_up(job, lease=lease, reason=reason, now=now)
        return True
    try:
        _read_into_chunks(job, lease=lease)
    except UnreadableTable as error:
        _give_up(job, lease=lease, reason=str(error), now=now)
    except Exception:  # a broken file must not stop the others
        logger.exception("reading an upload failed", extra={"job": job.pk})
        ImportJob.objects.filter(pk=job.pk, reading_due_at=lease).update(reading_due_at=now + PAUSE)
    return True


def _read_into_chunks(job: ImportJob, *, lease: datetime) -> None:
    with (
        NamedTemporaryFile(suffix=_suffix(job.file_name)) as copy,
        TemporaryFile("w+", encoding="utf-8") as spool,
    ):
        copy.write(ImportFile.objects.get(job=job).content)
        copy.flush()
        total = _spool(_read(Path(copy.name)), spool, has_header=job.has_header)
        spool.seek(0)
        with transaction.atomic():
            read = ImportJob.objects.filter(pk=job.pk, reading_due_at=lease)
            if not read.update(reading_due_at=None, total=total, attempts=0):
                return  # the lease was over, and another worker has it
            for number, line in enumerate(spool):
                ImportChunk.objects.create(job=job, number=number, rows=json.loads(line))
            ImportFile.objects.filter(job=job).delete()


def _spool(records: Iterable[Record], spool: IO[str], *, has_header: bool) -> int:
    """Write the rows below the header as one line of JSON for each chunk; returns how many
    there are. So a large file is neither held in memory nor read under a lock."""
    rows, total = islice(records, int(has_header), None), 0
    while batch := list(islice(rows, CHUNK)):
        total += len(batch)
        if total > MAX_ROWS:
            raise UnreadableTable(
                f"The file has more than {MAX_ROWS:,} rows. Split it and upload the parts."
            )
        json.dump([[row.number, list(row.cells), row.problem] for row in batch], spool)
        spool.write("\n")
    return total


def _give_up(job: ImportJob, *, lease: datetime, reason: str, now: datetime) -> None:
    """End an upload whose file cannot be read; nothing of it was imported."""
    with transaction.atomic():
        ended = ImportJob.objects.filter(pk=job.pk, reading_due_at=lease).update(
            reading_due_at=None,
            due_at=None,
            finished_at=now,
            error=f"{reason} Nothing was imported.",
        )
        if ended:
            ImportFile.objects.filter(job=job).delete()


# --- Importing the rows ---------------------------------------------------------------


def start_job(*, job: ImportJob, columns: Mapping[str, int], by: str, now: datetime) -> bool:
    """Import it with these columns, as soon as its file has been read. False when it was
    started already, or its file cannot be read."""
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
    """Import the next chunk of the upload that waits longest; False when none is due.

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
    for outcome in RowOutcome:
        setattr(job, outcome.value, getattr(job, outcome.value) + counts[outcome.value])
    job.done += len(imported)
    job.quality = (ListQuality.of(job.quality) + list_quality(imported)).as_dict()
    job.next_chunk += 1
    job.attempts = 0
    # At the end of the line: uploads of several customers take turns.
    job.due_at = now
    assert job.total is not None, "it has been read"
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

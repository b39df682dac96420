"""An uploaded file of leads: kept as it came, then read into rows in the background."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from itertools import chain, islice
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import TYPE_CHECKING

from django.db import transaction

from agents.leads.columns import guess_mapping
from agents.models import ImportChunk, ImportFile, ImportJob
from hossagent.lib.tables import Record, UnreadableTable, read_csv, read_xlsx

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from typing import IO

    from django.core.files.uploadedfile import UploadedFile

    from accounts.models import Customer

logger = logging.getLogger("agents.imports")

MAX_ROWS = 50_000
MAX_NAME = 200
# Rows of one chunk, which is imported in one transaction: on SQLite it holds the only write
# lock meanwhile.
CHUNK = 500
# Rows shown while a person names the columns.
SAMPLE_ROWS = 5
MAX_ATTEMPTS = 3
# Far longer than the largest file takes: a worker that has not read it by then is gone.
READING_LEASE = timedelta(minutes=10)
PAUSE = timedelta(minutes=1)


def open_upload(*, customer: Customer, file: UploadedFile, by: str, now: datetime) -> ImportJob:
    """Keep a file as a form takes it, with its first rows and a guess at its columns.

    A workbook is known by its ending; anything else is text. Only the first rows are read
    here: a worker reads the rest (`read_next`), and nothing is imported before
    `start_import`. Raises `UnreadableTable` when no row can be read; then nothing is kept.
    """
    name = file.name or "upload"
    with NamedTemporaryFile(suffix=_ending(name)) as copy:
        for piece in file.chunks():
            copy.write(piece)
        copy.flush()
        path = Path(copy.name)
        records = _records_in(path)
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


def _ending(name: str) -> str:
    return Path(name).suffix.lower()


def _records_in(path: Path) -> Iterator[Record]:
    if path.suffix == ".xlsx":
        return read_xlsx(path, last_row=MAX_ROWS + 1)
    return read_csv(path)


def read_next(*, now: datetime) -> bool:
    """Read the file that waits longest into rows; False when none waits.

    Reading may take a while and holds no lock. The rows are stored in one transaction, and
    only by the worker whose lease it still is, so they are there once. A worker that dies
    leaves the file to the next one, `MAX_ATTEMPTS` times.
    """
    job = ImportJob.objects.filter(reading_due_at__lte=now).order_by("reading_due_at", "pk").first()
    if job is None:
        return False
    lease = now + READING_LEASE
    unclaimed = ImportJob.objects.filter(pk=job.pk, reading_due_at=job.reading_due_at)
    if not unclaimed.update(reading_due_at=lease, attempts=job.attempts + 1):
        return True  # another worker was faster
    if job.attempts >= MAX_ATTEMPTS:
        reason = "The file could not be read. Save it as CSV and upload that."
        _end_unread(job, lease=lease, reason=reason, now=now)
        return True
    try:
        _read_into_chunks(job, lease=lease)
    except UnreadableTable as error:
        _end_unread(job, lease=lease, reason=str(error), now=now)
    except Exception:  # a broken file must not stop the others
        logger.exception("reading an upload failed", extra={"job": job.pk})
        ImportJob.objects.filter(pk=job.pk, reading_due_at=lease).update(reading_due_at=now + PAUSE)
    return True


def _read_into_chunks(job: ImportJob, *, lease: datetime) -> None:
    with (
        NamedTemporaryFile(suffix=_ending(job.file_name)) as copy,
        TemporaryFile("w+", encoding="utf-8") as spool,
    ):
        copy.write(ImportFile.objects.get(job=job).content)
        copy.flush()
        total = _spool(_records_in(Path(copy.name)), spool, has_header=job.has_header)
        spool.seek(0)
        with transaction.atomic():
            read = ImportJob.objects.filter(pk=job.pk, reading_due_at=lease)
            if not read.update(reading_due_at=None, total=total, attempts=0):
                return  # the lease was over, and another worker has the file
            for number, line in enumerate(spool):
                ImportChunk.objects.create(job=job, number=number, rows=json.loads(line))
            ImportFile.objects.filter(job=job).delete()


def _spool(records: Iterable[Record], spool: IO[str], *, has_header: bool) -> int:
    """Write the rows below the header as one line of JSON for each chunk; returns how many
    rows there are. A large file is neither held in memory nor read under a lock this way."""
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


def _end_unread(job: ImportJob, *, lease: datetime, reason: str, now: datetime) -> None:
    """End the import of a file that cannot be read; nothing of it was imported."""
    with transaction.atomic():
        ended = ImportJob.objects.filter(pk=job.pk, reading_due_at=lease).update(
            reading_due_at=None,
            due_at=None,
            finished_at=now,
            error=f"{reason} Nothing was imported.",
        )
        if ended:
            ImportFile.objects.filter(job=job).delete()

"""The file of an upload is read once, by one worker, whatever happens to the others."""

from __future__ import annotations

import logging
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from openpyxl import Workbook

from agents.leads.services.imports import uploads
from agents.leads.services.imports.jobs import import_next, start_import
from agents.leads.services.imports.uploads import (
    MAX_ATTEMPTS,
    PAUSE,
    READING_LEASE,
    open_upload,
    read_next,
)
from agents.models import ImportChunk, ImportFile, ImportJob
from tests.conftest import NOON
from tests.factories import CustomerFactory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from hossagent.lib.tables import Record

pytestmark = pytest.mark.django_db

ROWS = 1_201


def keep(content: bytes = b"", name: str = "list.csv") -> ImportJob:
    people = "".join(f"Clinic {n},ada@clinic{n}.com\n" for n in range(ROWS))
    file = SimpleUploadedFile(name, content or f"Company,Email\n{people}".encode())
    return open_upload(customer=CustomerFactory.create(), file=file, by="ann@agency.test", now=NOON)


def chunks() -> list[tuple[int, int]]:
    rows = ImportChunk.objects.order_by("number").values_list("number", "rows")
    return [(number, len(held)) for number, held in rows]


def test_an_upload_keeps_the_file_and_shows_its_first_rows() -> None:
    job = keep()

    assert (job.total, job.header, job.columns) == (
        *(None, ["Company", "Email"]),
        {"email": 1, "company": 0},
    )
    assert job.sample == [[f"Clinic {n}", f"ada@clinic{n}.com"] for n in range(5)]
    assert chunks() == []
    assert bytes(ImportFile.objects.get(job=job).content).startswith(b"Company,Email\nClinic 0,")


def test_a_long_name_keeps_the_ending_by_which_the_file_is_read() -> None:
    book, raw = Workbook(write_only=True), BytesIO()
    sheet = book.create_sheet()
    for row in (["Company", "Email"], ["Cedar", "ada@cedar.com"]):
        sheet.append(row)
    book.save(raw)

    job = keep(raw.getvalue(), name=f"{'n' * 230}.XLSX")
    assert read_next(now=NOON)

    job.refresh_from_db()
    assert (job.file_name, job.error, job.total) == (f"{'n' * 195}.XLSX", "", 1)
    assert ImportChunk.objects.get().rows == [[2, ["Cedar", "ada@cedar.com"], ""]]


def test_a_file_without_a_header_shows_and_keeps_its_first_row() -> None:
    job = keep(b"ada@cedar.com,Cedar\nbob@oak.com,Oak\n")

    assert read_next(now=NOON)
    job.refresh_from_db()
    assert (job.has_header, job.total) == (False, 2)
    assert job.sample == [["ada@cedar.com", "Cedar"], ["bob@oak.com", "Oak"]]
    assert ImportChunk.objects.get().rows == [
        [1, ["ada@cedar.com", "Cedar"], ""],
        [2, ["bob@oak.com", "Oak"], ""],
    ]


def test_a_file_is_read_into_chunks_and_gone() -> None:
    job = keep()

    assert read_next(now=NOON)
    assert not read_next(now=NOON)

    job.refresh_from_db()
    assert (job.total, job.reading_due_at, job.attempts) == (ROWS, None, 0)
    assert chunks() == [(0, 500), (1, 500), (2, 201)]
    assert not ImportFile.objects.exists()


def test_nothing_is_imported_before_the_file_is_read() -> None:
    job = keep()
    assert start_import(job=job, columns={"email": 1}, by="ann@agency.test", now=NOON)

    assert not import_next(now=NOON)
    assert read_next(now=NOON)
    assert import_next(now=NOON)

    job.refresh_from_db()
    assert (job.done, job.total) == (500, ROWS)


def test_a_reader_that_dies_leaves_the_file_to_the_next_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job = keep()

    class Killed(BaseException):
        pass

    def dying(**_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        # In the transaction that stores the rows, when all of them are there.
        patch.setattr(ImportFile.objects, "filter", dying)
        with pytest.raises(Killed):
            read_next(now=NOON)

    job.refresh_from_db()
    assert (job.total, chunks(), job.reading_due_at) == (None, [], NOON + READING_LEASE)
    assert not read_next(now=NOON + READING_LEASE - timedelta(seconds=1))
    assert read_next(now=NOON + READING_LEASE)
    job.refresh_from_db()
    assert (job.total, chunks()) == (ROWS, [(0, 500), (1, 500), (2, 201)])


def test_of_two_readers_one_reads_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one comes between the look and the claim."""
    job = keep()
    real = uploads._records_in
    reads = []

    class Meanwhile:
        def __radd__(self, now: datetime) -> datetime:
            monkeypatch.setattr(uploads, "READING_LEASE", READING_LEASE)
            assert read_next(now=now)
            return now + READING_LEASE

    def counting(path: Any) -> Iterator[Record]:
        reads.append(path)
        return real(path)

    monkeypatch.setattr(uploads, "READING_LEASE", Meanwhile())
    monkeypatch.setattr(uploads, "_records_in", counting)
    assert read_next(now=NOON)

    job.refresh_from_db()
    assert (len(reads), job.total, job.attempts) == (1, ROWS, 0)
    assert chunks() == [(0, 500), (1, 500), (2, 201)]


def test_a_reader_whose_lease_is_over_stores_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The slow one comes to the end after the next one has read the file."""
    job = keep()
    real = uploads._records_in
    late = NOON + READING_LEASE

    def slow(path: Any) -> Iterator[Record]:
        monkeypatch.setattr(uploads, "_records_in", real)
        assert read_next(now=late)
        return real(path)

    monkeypatch.setattr(uploads, "_records_in", slow)
    assert read_next(now=NOON)

    job.refresh_from_db()
    assert (job.total, job.error, chunks()) == (ROWS, "", [(0, 500), (1, 500), (2, 201)])
    # It noticed by itself; no constraint had to stop it.
    assert caplog.records == []


def test_a_file_that_kills_its_readers_is_given_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    job = keep()

    def broken(path: Any) -> Iterator[Record]:
        raise MemoryError

    monkeypatch.setattr(uploads, "_records_in", broken)
    for n in range(MAX_ATTEMPTS):
        assert read_next(now=NOON + n * PAUSE)
        assert not read_next(now=NOON + n * PAUSE)
    job.refresh_from_db()
    assert (job.finished_at, job.attempts) == (None, MAX_ATTEMPTS)

    assert read_next(now=NOON + MAX_ATTEMPTS * PAUSE)
    job.refresh_from_db()
    assert job.error == (
        "The file could not be read. Save it as CSV and upload that. Nothing was imported."
    )
    assert (job.finished_at, ImportFile.objects.exists()) == (NOON + MAX_ATTEMPTS * PAUSE, False)
    assert not start_import(job=job, columns={"email": 1}, by="ann@agency.test", now=NOON)


@pytest.mark.parametrize(
    "wrong",
    [
        {"reading_due_at": NOON, "total": 3},
        {"reading_due_at": NOON, "finished_at": NOON},
        {"reading_due_at": None, "total": None},
        {"reading_due_at": NOON, "next_chunk": 1},
    ],
)
def test_an_upload_is_unread_or_read_or_given_up(wrong: dict[str, Any]) -> None:
    job = keep()

    with pytest.raises(IntegrityError, match="agents_import_is_read_once"), transaction.atomic():
        ImportJob.objects.filter(pk=job.pk).update(**wrong)

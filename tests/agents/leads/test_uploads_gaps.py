"""A workbook whose rows jump is refused where it is met, and stops nobody else's upload."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from agents.leads.services.imports import uploads
from agents.leads.services.imports.jobs import import_next, start_import
from agents.leads.services.imports.uploads import open_upload, read_next
from agents.models import ImportChunk, ImportFile, ImportJob, Lead
from hossagent.lib.tables import UnreadableTable
from tests.conftest import NOON
from tests.factories import CustomerFactory
from tests.helpers.deadlines import deadline
from tests.helpers.workbooks import list_rows, row, text_cell, workbook

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.django_db

# Each step takes a moment.
SECONDS = 90
FAR = 99_999_999_999
DISORDER = (
    "The workbook's rows and columns are not in order. Open it in a spreadsheet program, "
    "save it as CSV and upload that."
)
TOO_LONG = (
    "The workbook has values below row 50,001, the last one that is read. "
    "Delete empty rows in between, or split the list and upload the parts."
)


@pytest.fixture(autouse=True)
def _with_an_end() -> Iterator[None]:
    with deadline(SECONDS):
        yield


def keep(content: bytes) -> ImportJob:
    customer = CustomerFactory.create(subscription__complimentary=True)
    file = SimpleUploadedFile("list.xlsx", content)
    return open_upload(customer=customer, file=file, by="ann@agency.test", now=NOON)


def gap(people: int, *, number: int) -> bytes:
    """A list of so many people, and one more in a row far below."""
    return workbook(list_rows(people) + row(number, text_cell("B1", "zoe@far.com")))


@pytest.mark.parametrize(("number", "sentence"), [(FAR, DISORDER), (1_048_576, TOO_LONG)])
def test_a_gap_below_the_header_is_refused_at_once(number: int, sentence: str) -> None:
    with pytest.raises(UnreadableTable) as told:
        keep(gap(0, number=number))

    assert str(told.value) == sentence
    assert (ImportJob.objects.count(), ImportFile.objects.count()) == (0, 0)


@pytest.mark.parametrize(("number", "sentence"), [(FAR, DISORDER), (1_048_576, TOO_LONG)])
def test_a_gap_further_down_ends_the_upload_and_no_other(number: int, sentence: str) -> None:
    bad, good = keep(gap(7, number=number)), keep(workbook(list_rows(7)))
    for job in (bad, good):
        assert start_import(job=job, columns={"company": 0, "email": 1}, by="ann", now=NOON)

    assert [read_next(now=NOON) for _ in range(3)] == [True, True, False]
    assert [import_next(now=NOON) for _ in range(2)] == [True, False]

    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.error, bad.finished_at, bad.done) == (f"{sentence} Nothing was imported.", NOON, 0)
    assert (good.error, good.finished_at, good.created) == ("", NOON, 7)
    assert set(Lead.objects.values_list("customer_id", flat=True)) == {good.customer_id}
    assert list(ImportChunk.objects.values_list("job_id", flat=True)) == [good.pk]
    assert not ImportFile.objects.exists()


def test_blank_rows_count_like_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_ROWS", 20)
    last = row(21, text_cell("B21", "zoe@last.com"))
    below = row(22, text_cell("B22", "zoe@below.com"))
    fits, jumps = keep(workbook(list_rows(7) + last)), keep(workbook(list_rows(7) + below))

    assert [read_next(now=NOON) for _ in range(2)] == [True, True]

    fits.refresh_from_db()
    jumps.refresh_from_db()
    assert (fits.total, fits.error) == (8, "")
    assert jumps.error == f"{TOO_LONG.replace('50,001', '21')} Nothing was imported."


def test_a_list_with_blank_and_formatted_rows_is_imported() -> None:
    blank = "".join(row(n, f'<c r="A{n}" s="0"/>', f'<c r="B{n}" s="0"/>') for n in range(30, 500))
    rows = list_rows(7) + row(20, text_cell("B20", "zoe@last.com")) + blank + row(1_048_576)
    job = keep(workbook(rows))
    assert start_import(job=job, columns={"company": 0, "email": 1}, by="ann", now=NOON)

    assert read_next(now=NOON)
    assert import_next(now=NOON)

    job.refresh_from_db()
    assert (job.total, job.created, job.error) == (8, 8, "")
    assert Lead.objects.get(email="zoe@last.com").provenance == {"file": "list.xlsx", "row": 20}

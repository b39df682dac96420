"""Imports as their pages show them, and each row's outcome as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404

from agents.leads.quality import ListQuality, list_warnings
from agents.models import ImportChunk, ImportJob
from hossagent.lib.csv_export import csv_pieces

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.db.models import QuerySet

    from accounts.models import Customer

SHOWN = 20


def list_imports(*, customer: Customer) -> QuerySet[ImportJob]:
    """The newest imports first."""
    return ImportJob.objects.filter(customer=customer).order_by("-pk")[:SHOWN]


def get_import(*, customer: Customer, pk: int) -> ImportJob:
    """One of the customer's imports. Raises Http404 for a stranger's."""
    job = ImportJob.objects.filter(customer=customer, pk=pk).first()
    if job is None:
        raise Http404("no such upload")
    return job


def headings_of(job: ImportJob) -> list[str]:
    """The columns by name; numbered where the file names none."""
    cells = job.header if job.has_header else [""] * len(job.header)
    return [cell or f"Column {n}" for n, cell in enumerate(cells, start=1)]


def sample_of(job: ImportJob) -> list[list[tuple[str, str]]]:
    """The first rows as (heading, cell), filled up to the width of the header."""
    headings = headings_of(job)
    return [
        [(name, cells[n] if n < len(cells) else "") for n, name in enumerate(headings)]
        for cells in job.sample
    ]


def warnings_of(job: ImportJob) -> list[str]:
    return list_warnings(ListQuality.of(job.quality))


def result_lines(job: ImportJob) -> Iterator[str]:
    """The file of every row as uploaded, with its outcome, the lead, and the reason."""
    return csv_pieces(_result_rows(job))


def _result_rows(job: ImportJob) -> Iterator[Sequence[object]]:
    headings = headings_of(job)
    yield [*headings, "outcome", "lead_id", "detail"]
    chunks = ImportChunk.objects.filter(job=job, results__isnull=False).order_by("number")
    for chunk in chunks.iterator(chunk_size=5):
        for (_, cells, _), result in zip(chunk.rows, chunk.results or [], strict=True):
            yield [*cells, *[""] * (len(headings) - len(cells)), *result]

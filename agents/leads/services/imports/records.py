"""Import a person's table: rows in, leads and one outcome for each row out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from agents.leads.addresses import Flag
from agents.leads.columns import to_candidate
from agents.leads.quality import ListQuality
from agents.leads.services.store import BATCH, Candidate, RowOutcome, RowResult, store_leads
from agents.lease import schedule_now
from agents.states import HELD_CHECKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from accounts.models import Customer
    from agents.leads.columns import ColumnMap
    from hossagent.lib.tables import Record

OUTCOME_COLUMNS = ("outcome", "lead_id", "detail")


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """A row of the table and what became of it; a broken row gives an empty candidate."""

    record: Record
    candidate: Candidate
    result: RowResult

    def outcome_cells(self, width: int) -> tuple[object, ...]:
        """The row as given, filled up to `width` columns, and what became of it."""
        cells = (*self.record.cells, *[""] * (width - len(self.record.cells)))
        return (*cells, self.result.outcome.value, self.result.lead_id or "", self.result.detail)


def import_records(
    *,
    customer: Customer,
    records: Iterable[Record],
    mapping: ColumnMap,
    file_name: str,
    source: str,
    now: datetime,
) -> Iterator[list[ImportedRow]]:
    """Store the records in batches and yield each batch's outcomes, in order.

    Every record gets exactly one outcome. A second import of the same table creates
    nothing. New leads make the customer's next cycle due at once. What was yielded is
    committed, so stopping in between loses nothing.
    """
    remaining = iter(records)
    while batch := list(islice(remaining, BATCH)):
        candidates = [to_candidate(record, mapping, file_name=file_name) for record in batch]
        readable = [
            candidate
            for record, candidate in zip(batch, candidates, strict=True)
            if not record.problem
        ]
        stored = store_leads(customer=customer, candidates=readable, source=source, now=now)
        if stored.created:
            schedule_now(customer_id=customer.pk, now=now)
        yield _with_results(batch, candidates, stored.rows)


def _with_results(
    records: Sequence[Record], candidates: Sequence[Candidate], stored: Iterable[RowResult]
) -> list[ImportedRow]:
    """`stored` answers the readable records, in order; the others are invalid."""
    remaining = iter(stored)
    rows = []
    for record, candidate in zip(records, candidates, strict=True):
        if record.problem:
            result = RowResult(RowOutcome.INVALID, detail=record.problem)
        else:
            result = next(remaining)
        rows.append(ImportedRow(record, candidate, result))
    return rows


def list_quality(rows: Iterable[ImportedRow]) -> ListQuality:
    """What the warnings about a list are computed from. The counts of batches add up."""
    counts = Counter[str]()
    for row in rows:
        address = row.result.address
        counts["rows"] += 1
        counts["role"] += Flag.ROLE in address.flags
        counts["free_mail"] += Flag.FREE_MAIL in address.flags
        counts["nameless"] += not row.candidate.contact_name
        counts["suppressed"] += row.result.outcome is RowOutcome.SUPPRESSED
        counts["held"] += address.check in HELD_CHECKS
    return ListQuality.of(counts)

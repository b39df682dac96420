"""Import a person's table: rows in, leads and one outcome per row out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from agents.leads.addresses import Flag, assess, read_address
from agents.leads.columns import to_candidate
from agents.leads.quality import ListQuality
from agents.leads.services.store import BATCH, Candidate, RowOutcome, RowResult, store_leads
from agents.lease import schedule_now
from agents.states import HELD_CHECKS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from accounts.models import Customer
    from agents.leads.columns import ColumnMap
    from hossagent.lib.tables import Record

OUTCOME_COLUMNS = ("outcome", "lead_id", "detail")


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """A row of the table and what became of it; nobody is read out of a broken row."""

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
    nothing. The customer's agents are told at once. What was yielded is committed; stopping in between loses nothing.
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
        results = iter(stored.rows)
        yield [
            ImportedRow(
                record,
                candidate,
                RowResult(RowOutcome.INVALID, detail=record.problem)
                if record.problem
                else next(results),
            )
            for record, candidate in zip(batch, candidates, strict=True)
        ]


def list_quality(rows: Iterable[ImportedRow]) -> ListQuality:
    """What the warnings about a list's quality are computed from; add up what batches give."""
    facts = Counter[str]()
    for row in rows:
        flags = read_address(row.candidate.email).flags
        facts["rows"] += 1
        facts["role"] += Flag.ROLE in flags
        facts["free_mail"] += Flag.FREE_MAIL in flags
        facts["nameless"] += not row.candidate.contact_name
        facts["suppressed"] += row.result.outcome is RowOutcome.SUPPRESSED
        facts["held"] += assess(flags)[0] in HELD_CHECKS
    return ListQuality.of(facts)

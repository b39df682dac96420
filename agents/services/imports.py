"""Import a person's table: rows in, leads and one outcome per row out."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from agents.services.autopilot import poke
from agents.services.source import Outcome, RowResult, store_leads
from agents.services.source.store import BATCH
from agents.sources.upload import to_candidate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from accounts.models import Customer
    from agents.sources.upload import ColumnMap
    from hossagent.lib.tables import Record

OUTCOME_COLUMNS = ("outcome", "lead_id", "detail")


@dataclass(frozen=True, slots=True)
class ImportedRow:
    record: Record
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
        readable = [record for record in batch if not record.problem]
        candidates = [to_candidate(record, mapping, file_name=file_name) for record in readable]
        stored = store_leads(customer=customer, candidates=candidates, source=source, now=now)
        if stored.created:
            poke(customer_id=customer.pk, now=now)
        results = iter(stored.rows)
        yield [
            ImportedRow(
                record,
                RowResult(Outcome.INVALID, detail=record.problem)
                if record.problem
                else next(results),
            )
            for record in batch
        ]

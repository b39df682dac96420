"""What became of each candidate that was to be stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from agents.leads.addresses import Address


class RowOutcome(StrEnum):
    CREATED = "created"
    DUPLICATE = "duplicate"
    SUPPRESSED = "suppressed"
    INVALID = "invalid"
    OVER_ALLOWANCE = "over_allowance"


class RowResult(NamedTuple):
    """What became of one candidate; `lead_id` is the new lead, or the one it repeats.

    `address` is the candidate's own as it was read; empty for a candidate that is invalid.
    """

    outcome: RowOutcome
    lead_id: int | None = None
    detail: str = ""
    address: Address = Address()


@dataclass(slots=True)
class StoreResult:
    """`rows` answers candidate by candidate, in the order given; the rest is derived."""

    rows: list[RowResult] = field(default_factory=list)

    @property
    def created(self) -> list[int]:
        """The new leads."""
        return self._lead_ids(RowOutcome.CREATED)

    @property
    def duplicates(self) -> list[int]:
        """The leads that were there already, one entry per repeated candidate."""
        return self._lead_ids(RowOutcome.DUPLICATE)

    def _lead_ids(self, outcome: RowOutcome) -> list[int]:
        return [row.lead_id for row in self.rows if row.outcome is outcome and row.lead_id]

    def count(self, outcome: RowOutcome) -> int:
        return sum(row.outcome is outcome for row in self.rows)

    @property
    def suppressed(self) -> int:
        return self.count(RowOutcome.SUPPRESSED)

    @property
    def invalid(self) -> int:
        return self.count(RowOutcome.INVALID)

    @property
    def over_allowance(self) -> int:
        return self.count(RowOutcome.OVER_ALLOWANCE)

    def counts(self) -> dict[str, int]:
        """Every outcome that occurred, for a run's record."""
        return {outcome.value: n for outcome in RowOutcome if (n := self.count(outcome))}

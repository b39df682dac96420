"""Lead Source: ask the provider, store what it finds; the same store serves uploads."""

from __future__ import annotations

from agents.services.source.cycle import Search, find_leads, run_lead_source
from agents.services.source.store import Outcome, RowResult, StoreResult, store_leads
from agents.sources import Candidate

__all__ = [
    "Candidate",
    "Outcome",
    "RowResult",
    "Search",
    "StoreResult",
    "find_leads",
    "run_lead_source",
    "store_leads",
]

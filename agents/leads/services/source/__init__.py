"""Lead Source: ask the provider, store what it finds; the same store serves uploads."""

from __future__ import annotations

from agents.leads.providers import Candidate
from agents.leads.services.source.search import Search, find_leads, run_lead_source
from agents.leads.services.source.store import RowOutcome, RowResult, StoreResult, store_leads

__all__ = [
    "Candidate",
    "RowOutcome",
    "RowResult",
    "Search",
    "StoreResult",
    "find_leads",
    "run_lead_source",
    "store_leads",
]

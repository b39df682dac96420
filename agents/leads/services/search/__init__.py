"""Lead Source: finding new leads for a customer, a few in each cycle or as many as asked for."""

from __future__ import annotations

from agents.leads.services.search.ask import Search
from agents.leads.services.search.progress import current_progress, must_wait
from agents.leads.services.search.room import most_waiting, most_wanted
from agents.leads.services.search.run import find_leads, run_lead_source

__all__ = [
    "Search",
    "current_progress",
    "find_leads",
    "most_waiting",
    "most_wanted",
    "must_wait",
    "run_lead_source",
]

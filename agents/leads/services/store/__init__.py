"""Candidates become leads: each person once, nobody on a do-not-contact list."""

from __future__ import annotations

from agents.leads.providers import Candidate
from agents.leads.services.store.batches import BATCH, store_leads
from agents.leads.services.store.results import RowOutcome, RowResult, StoreResult

__all__ = ["BATCH", "Candidate", "RowOutcome", "RowResult", "StoreResult", "store_leads"]

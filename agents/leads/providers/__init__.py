"""Where leads come from: one module per provider behind one small interface."""

from __future__ import annotations

from agents.leads.providers.base import Candidate, Found, LeadProvider, ProviderFailed, Rejected

__all__ = ["Candidate", "Found", "LeadProvider", "ProviderFailed", "Rejected"]

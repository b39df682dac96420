"""Tables of leads that a person brings: their columns, their rows and what became of each."""

from __future__ import annotations

from agents.leads.columns import FIELDS, NoAddressColumn, UnknownMapping, guess_mapping
from agents.leads.quality import ListQuality, list_warnings
from agents.leads.services.imports.records import OUTCOME_COLUMNS, import_records, list_quality

__all__ = [
    "FIELDS",
    "OUTCOME_COLUMNS",
    "ListQuality",
    "NoAddressColumn",
    "UnknownMapping",
    "guess_mapping",
    "import_records",
    "list_quality",
    "list_warnings",
]

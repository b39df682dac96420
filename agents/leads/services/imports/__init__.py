"""Tables of leads that a person brings: their columns, their rows and what became of each."""

from __future__ import annotations

from agents.leads.columns import FIELDS, NoAddressColumn, UnknownMapping, guess_mapping
from agents.leads.quality import ListFacts, list_warnings
from agents.leads.services.imports.records import OUTCOME_COLUMNS, import_records, list_facts

__all__ = [
    "FIELDS",
    "OUTCOME_COLUMNS",
    "ListFacts",
    "NoAddressColumn",
    "UnknownMapping",
    "guess_mapping",
    "import_records",
    "list_facts",
    "list_warnings",
]

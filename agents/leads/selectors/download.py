"""A customer's leads as a CSV file, read and written row by row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.leads.selectors.leads import LeadFilter, filter_leads
from hossagent.lib.csv_export import csv_pieces

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from accounts.models import Customer

# Heading → field. The headings are those that imports, ours and others', understand.
COLUMNS = {
    "email": "email",
    "contact name": "contact_name",
    "title": "contact_title",
    "company": "company",
    "website": "website",
    "phone": "phone",
    "location": "location",
    "country": "country",
    "time zone": "timezone",
    "reason": "reason",
    "lead status": "status",
    "address check": "address_check",
    "found on": "created_at",
}


def lead_lines(*, customer: Customer, chosen: LeadFilter) -> Iterator[str]:
    """The file piece by piece, newest lead first."""
    return csv_pieces(_rows(customer, chosen))


def _rows(customer: Customer, chosen: LeadFilter) -> Iterator[Sequence[object]]:
    yield list(COLUMNS)
    leads = filter_leads(customer=customer, chosen=chosen).order_by("-pk")
    for *cells, found_at in leads.values_list(*COLUMNS.values()).iterator(chunk_size=1_000):
        yield [*cells, f"{found_at:%Y-%m-%d}"]

"""Leads as a CSV file: every cell neutralised, read and written row by row."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from agents.selectors.leads import LeadFilter, filter_leads
from hossagent.lib.tables import write_csv

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
    """The file line by line, newest lead first, with a mark that makes it UTF-8 in Excel."""
    yield "\ufeff" + _line(COLUMNS)
    leads = filter_leads(customer=customer, chosen=chosen).order_by("-pk")
    for row in leads.values_list(*COLUMNS.values()).iterator(chunk_size=1_000):
        yield _line([*row[:-1], f"{row[-1]:%Y-%m-%d}"])


def _line(cells: Iterable[object]) -> str:
    buffer = io.StringIO(newline="")
    write_csv(buffer, [list(cells)])
    return buffer.getvalue()

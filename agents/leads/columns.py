"""Leads in a person's own table: which column holds what, and a row as a candidate."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from agents.leads.data import read_data
from agents.leads.providers.base import Candidate
from hossagent.lib.text import single_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hossagent.lib.tables import Record

# Field → what people head such a column with, the most telling words first.
SYNONYMS: Final[dict[str, tuple[str, ...]]] = {
    name: tuple(words) for name, words in read_data("column_names").items()
}
FIELDS = tuple(SYNONYMS)
_NOT_WORD = re.compile(r"[\W_]+")
_ADDRESS = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")


class NoAddressColumn(Exception):
    """No column holds addresses or websites; the text names the columns there are."""


class UnknownMapping(Exception):
    """A mapping names a field or a column that does not exist; the text says which."""


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Field → column number; `has_header` is False when the first row is a person already."""

    columns: dict[str, int] = field(default_factory=dict)
    has_header: bool = True

    def cell(self, record: Record, name: str) -> str:
        column = self.columns.get(name)
        return record.cells[column] if column is not None and column < len(record.cells) else ""


def guess_mapping(
    first: Record, chosen: Mapping[str, str] | None = None, *, is_strict: bool = True
) -> ColumnMap:
    """Read the header by synonyms; `chosen` (field → heading) wins over the guess.

    A first row that holds an address is data, not a header; then only the address is mapped.
    Raises `UnknownMapping`, and `NoAddressColumn` when `is_strict`: it is not where a person
    names the columns afterwards.
    """
    headings = [_normal_heading(cell) for cell in first.cells]
    columns = _chosen_columns(first, headings, chosen or {})
    for name, synonyms in SYNONYMS.items():
        for synonym in synonyms:
            if name in columns or synonym not in headings:
                continue
            if headings.index(synonym) not in columns.values():
                columns[name] = headings.index(synonym)
    has_header = not any(_ADDRESS.match(cell) for cell in first.cells)
    if not has_header and "email" not in columns:
        columns["email"] = next(i for i, cell in enumerate(first.cells) if _ADDRESS.match(cell))
    if is_strict and "email" not in columns and "website" not in columns:
        given = ", ".join(cell or "(empty)" for cell in first.cells[:20])
        raise NoAddressColumn(
            f"No column looks like an email address or a website. The columns are: {given}. "
            "Say which one it is, for example email=Contact."
        )
    return ColumnMap(columns, has_header)


def _chosen_columns(
    first: Record, headings: Sequence[str], chosen: Mapping[str, str]
) -> dict[str, int]:
    columns = {}
    for name, heading in chosen.items():
        if name not in SYNONYMS:
            raise UnknownMapping(f"{name!r} is not a field. Fields: {', '.join(FIELDS)}.")
        if _normal_heading(heading) not in headings:
            given = ", ".join(first.cells[:20])
            raise UnknownMapping(f"There is no column {heading!r}. The columns are: {given}.")
        columns[name] = headings.index(_normal_heading(heading))
    return columns


def _normal_heading(heading: str) -> str:
    return " ".join(_NOT_WORD.sub(" ", heading.lower()).split())


def to_candidate(record: Record, mapping: ColumnMap, *, file_name: str) -> Candidate:
    """The row as a candidate, every cell as text."""

    def cell(name: str) -> str:
        return mapping.cell(record, name)

    name = cell("contact_name") or f"{cell('first_name')} {cell('last_name')}".strip()
    location = cell("location") or ", ".join(
        part for part in (cell("city"), cell("region"), cell("country")) if part
    )
    return Candidate(
        company=cell("company"),
        contact_name=name,
        contact_title=cell("contact_title"),
        email=cell("email").removeprefix("mailto:"),
        website=cell("website"),
        phone=cell("phone"),
        location=location,
        country=cell("country"),
        timezone=cell("timezone"),
        reason=cell("reason") or _reason(record, mapping, file_name, location),
        provenance={"file": file_name, "row": record.number},
    )


def _reason(record: Record, mapping: ColumnMap, file_name: str, location: str) -> str:
    title = mapping.cell(record, "contact_title")
    company = mapping.cell(record, "company")
    who = f"{title} at {company}" if title and company else company or title
    place = f" in {location}" if who and location else ""
    listed = f"Listed in {single_line(file_name, 80)}, row {record.number}"
    return f"{listed}: {single_line(who + place, 280)}." if who else f"{listed}."

"""When two leads of a customer are the same one: by their address, or by their company."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.leads.services.store.results import RowOutcome, RowResult
from agents.models import Lead
from agents.states import LeadStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from accounts.models import Customer
    from agents.leads.services.prepare import LeadRow

# An address, or a company's name with its domain: a customer has each only once.
LeadKey = str | tuple[str, str]


def keys_of_row(row: LeadRow) -> list[LeadKey]:
    """The keys by which another lead would be the same, the address first."""
    keys: list[LeadKey] = [row.email_key] if row.email_key else []
    if row.company_key and row.domain:
        keys.append((row.company_key, row.domain))
    return keys


def first_new_rows(customer: Customer, rows: Sequence[LeadRow], *, count: int) -> list[int]:
    """The positions of the first `count` rows that repeat neither a lead nor an earlier row."""
    found: list[int] = []
    if count <= 0:
        return found
    known: set[LeadKey] = set(_find_lead_ids(customer, _all_keys(rows)))
    for position, row in enumerate(rows):
        keys = keys_of_row(row)
        if known.isdisjoint(keys):
            known.update(keys)
            found.append(position)
            if len(found) == count:
                break
    return found


def name_duplicates(
    customer: Customer, rows: Sequence[LeadRow], *, created: Iterable[tuple[LeadRow, int]]
) -> list[RowResult | None]:
    """DUPLICATE for each row, with the lead that it repeats; None where there is none.

    `created` are the new leads of the same batch: they are known without a query.
    """
    wanted = _all_keys(rows)
    lead_ids: dict[LeadKey, int] = {}
    for row, lead_id in created:
        lead_ids.update((key, lead_id) for key in keys_of_row(row) if key in wanted)
    lead_ids |= _find_lead_ids(customer, wanted - lead_ids.keys())
    return [_duplicate(row, lead_ids) for row in rows]


def _duplicate(row: LeadRow, lead_ids: dict[LeadKey, int]) -> RowResult | None:
    for key in keys_of_row(row):
        if lead_id := lead_ids.get(key):
            who = row.email_key if key == row.email_key else f"{row.company} ({row.domain})"
            return RowResult(RowOutcome.DUPLICATE, lead_id, f"{who} is already a lead.")
    return None


def _all_keys(rows: Sequence[LeadRow]) -> set[LeadKey]:
    return {key for row in rows for key in keys_of_row(row)}


def _find_lead_ids(customer: Customer, keys: set[LeadKey]) -> dict[LeadKey, int]:
    """The customer's leads that have one of these keys; INVALID ones do not count."""
    emails = {key for key in keys if isinstance(key, str)}
    companies = {key for key in keys if not isinstance(key, str)}
    found: dict[LeadKey, int] = {}
    # The conditions repeat those of the unique indexes, which serve these queries.
    leads = Lead.objects.filter(customer=customer).exclude(status=LeadStatus.INVALID)
    if emails:
        same_email = leads.exclude(email_key="").filter(email_key__among=emails)
        found.update(same_email.values_list("email_key", "pk"))
    if companies:
        same_company = leads.exclude(company_key="").exclude(domain="")
        # By name alone: the index would be searched for each pair of two lists.
        same_company = same_company.filter(company_key__among={name for name, _ in companies})
        for name, domain, pk in same_company.values_list("company_key", "domain", "pk"):
            if (name, domain) in companies:
                found[name, domain] = pk
    return found

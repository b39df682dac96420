"""Which rows are on a do-not-contact list: the customer's own, or everybody's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.states import SuppressionReason
from agents.suppression.selectors import domains_over, suppressed_hashes, suppression_hash

if TYPE_CHECKING:
    from accounts.models import Customer
    from agents.leads.services.prepare import LeadRow


def find_suppressed(customer: Customer, rows: dict[int, LeadRow]) -> dict[int, str]:
    """The keys of the rows that must not be written to, with the sentence for their outcome.

    One query, however many rows there are.
    """
    values_by_row = {key: _hashed_values(row) for key, row in rows.items()}
    listed = suppressed_hashes(
        hashes={value_hash for values in values_by_row.values() for value_hash in values},
        customer_ids=[customer.pk],
    )
    found = {}
    for key, values in values_by_row.items():
        for value_hash, value in values.items():
            if reasons := listed.get(value_hash):
                reason = SuppressionReason(reasons.get(None) or reasons[customer.pk])
                found[key] = f"{value} is on the do-not-contact list ({reason.label.lower()})."
                break
    return found


def _hashed_values(row: LeadRow) -> dict[str, str]:
    """Hash → value: each domain the row is under, then its address."""
    values = [row.domain] if row.domain else []
    host = row.address.domain
    if host not in {"", row.domain}:
        values += domains_over(host)
    if row.email_key:
        values.append(row.email_key)
    return {suppression_hash(value): value for value in values}

"""Store candidates as leads: checked, nobody on a do-not-contact list, each person once.

Rows count in the order given, as if they had been stored one after the other.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.db import transaction

from accounts.models import Customer
from agents.leads.services.prepare import LeadRow, NotALead, prepare
from agents.leads.services.store.insert import insert_leads
from agents.leads.services.store.results import RowOutcome, RowResult, StoreResult
from agents.leads.services.store.suppressed import find_suppressed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from agents.leads.providers import Candidate

logger = logging.getLogger("agents.leads")

# Rows of one transaction. A transaction has a cost of its own, so few are faster; but it holds
# the customer's lock, on SQLite the only write lock, for which others wait (see the benchmark
# lead_import).
BATCH = 10_000
# Ids named in one log line; the outcome file holds them all.
LOGGED_IDS = 20


def store_leads(
    *, customer: Customer, candidates: Sequence[Candidate], source: str, now: datetime
) -> StoreResult:
    """Store what can be stored, in transactions of at most `BATCH` rows.

    A lead that is there already keeps every value it has: an import adds people, it never
    edits them. INVALID leads do not count as there. The plan's lead allowance is taken for
    the leads created and for no others. Raises nothing for a bad row.
    """
    result = StoreResult()
    for start in range(0, len(candidates), BATCH):
        batch = candidates[start : start + BATCH]
        result.rows.extend(_store_batch(customer, batch, source=source, now=now))
    return result


def _store_batch(
    customer: Customer, candidates: Sequence[Candidate], *, source: str, now: datetime
) -> list[RowResult]:
    results: dict[int, RowResult] = {}
    rows: dict[int, LeadRow] = {}
    default_reason = _default_reason(customer, source)
    for position, candidate in enumerate(candidates):
        try:
            rows[position] = prepare(candidate, default_reason=default_reason, now=now)
        except NotALead as problem:
            results[position] = RowResult(RowOutcome.INVALID, detail=str(problem))
    with transaction.atomic():
        # Whoever imports a do-not-contact list holds the same lock, so an entry is either seen
        # here or finds the new lead; and two imports of one list take turns.
        Customer.objects.lock(customer.pk)
        for position, sentence in find_suppressed(customer, rows).items():
            address = rows.pop(position).address
            results[position] = RowResult(RowOutcome.SUPPRESSED, None, sentence, address)
        stored = insert_leads(customer, list(rows.values()), source=source, now=now)
    for (position, row), result in zip(rows.items(), stored, strict=True):
        results[position] = result._replace(address=row.address)
    finished = [results[position] for position in range(len(candidates))]
    _log_duplicates(customer, source, finished)
    return finished


def _default_reason(customer: Customer, source: str) -> str:
    wanted = " in ".join(part for part in (customer.niche, customer.geography) if part)
    return f"Added from {source} for {wanted or 'this customer'}. No reason was recorded."


def _log_duplicates(customer: Customer, source: str, results: Sequence[RowResult]) -> None:
    ids = [row.lead_id for row in results if row.outcome is RowOutcome.DUPLICATE]
    if not ids:
        return
    shown = ",".join(str(lead_id) for lead_id in ids[:LOGGED_IDS])
    more = f" and {len(ids) - LOGGED_IDS} more" if len(ids) > LOGGED_IDS else ""
    logger.info(
        "[LEADS][DEDUPED] customer_id=%s source=%s count=%s lead_ids=%s%s",
        customer.pk,
        source,
        len(ids),
        shown,
        more,
    )

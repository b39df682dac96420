"""New leads go into the table; the database's unique constraints say which ones are new."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from agents.leads.services.prepare import COLUMNS
from agents.leads.services.store.duplicates import first_new_rows, name_duplicates
from agents.leads.services.store.results import RowOutcome, RowResult
from agents.models import Lead
from agents.states import LeadStatus
from billing.services.usage import release_leads, reserve_leads
from hossagent.lib.bulk import insert_ignoring_conflicts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from accounts.models import Customer
    from agents.leads.services.prepare import LeadRow

_OVER_ALLOWANCE = RowResult(
    RowOutcome.OVER_ALLOWANCE, detail="Your plan's lead allowance is used up. Upgrade to add more."
)
# Between the refusal and the query somebody moved or erased the other lead.
_VANISHED = RowResult(RowOutcome.DUPLICATE, detail="It repeats a lead that was just removed.")


def insert_leads(
    customer: Customer, rows: Sequence[LeadRow], *, source: str, now: datetime
) -> list[RowResult]:
    """One outcome per row, in order. Call it in a transaction that has locked the customer.

    1. Take the plan's allowance for all rows, as far as it reaches.
    2. Where it reaches for all, try every row; else only the first ones that are new.
    3. Insert these in one statement, which leaves out what a constraint refuses.
    4. Release the allowance of what was left out, and name the leads that it repeats.
    """
    granted = reserve_leads(customer_id=customer.pk, wanted=len(rows), now=now)
    tried: Sequence[int] = range(len(rows))
    if granted < len(rows):
        tried = first_new_rows(customer, rows, count=granted)
    lead_ids = _insert([rows[n] for n in tried], customer=customer, source=source, now=now)
    created = {n: lead_id for n, lead_id in zip(tried, lead_ids, strict=True) if lead_id}
    if len(created) < granted:
        release_leads(customer_id=customer.pk, count=granted - len(created))
    results = {n: RowResult(RowOutcome.CREATED, lead_id) for n, lead_id in created.items()}
    if len(created) < len(rows):
        others = [n for n in range(len(rows)) if n not in created]
        was_tried = set(tried)
        duplicates = name_duplicates(
            customer,
            [rows[n] for n in others],
            created=[(rows[n], lead_id) for n, lead_id in created.items()],
        )
        for n, duplicate in zip(others, duplicates, strict=True):
            results[n] = duplicate or (_VANISHED if n in was_tried else _OVER_ALLOWANCE)
    return [results[n] for n in range(len(rows))]


def _insert(
    rows: list[LeadRow], *, customer: Customer, source: str, now: datetime
) -> list[int | None]:
    """Insert in order; the new id of each row, None where a constraint refused it.

    Every row has an address or a company with its domain, so its keys name it.
    """
    inserted = insert_ignoring_conflicts(
        Lead,
        constants={
            "customer_id": customer.pk,
            "source": source,
            "status": LeadStatus.NEW.value,
            "created_at": now,
        },
        columns={name: list(map(attrgetter(name), rows)) for name in COLUMNS},
        returning=("email_key", "company_key", "domain"),
    )
    ids: dict[tuple[str, str, str], int] = {made[1:]: made[0] for made in inserted}
    # Of rows with equal keys the first was made; its id is given out once.
    return [ids.pop((row.email_key, row.company_key, row.domain), None) for row in rows]

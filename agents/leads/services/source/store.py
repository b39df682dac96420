"""Store candidates as leads: checked, suppressed ones left out, each person once.

Two unique constraints are the referee of deduplication; this module only asks them in a
form that tells every row's outcome. Rows count in the order given, as if they had been
inserted one after the other.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from enum import StrEnum
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction

from accounts.models import Customer
from agents.leads.services.source.prepare import LeadRow, NotALead, prepare
from agents.models import Lead, Suppression
from agents.states import LeadStatus, SuppressionKind
from agents.suppression.selectors import domains_over, suppression_hash
from billing.services.usage import release_leads, reserve_leads
from hossagent.lib.bulk import insert_ignoring_conflicts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from agents.leads.providers import Candidate

logger = logging.getLogger("agents.leads")

# Rows of one transaction. Each costs some 15 ms whatever it holds (staging, the allowance,
# the commit), so few are faster; but the customer's lock, on SQLite the only write lock, is
# held meanwhile: a quarter of a second on Postgres, 0.4 on SQLite, where others wait for 20.
BATCH = 10_000
# Ids named in one log line; the outcome file holds them all.
LOGGED_IDS = 20

Key = tuple[str, str, str]


class RowOutcome(StrEnum):
    CREATED = "created"
    DUPLICATE = "duplicate"
    SUPPRESSED = "suppressed"
    INVALID = "invalid"
    OVER_ALLOWANCE = "over_allowance"


class RowResult(NamedTuple):
    """What became of one candidate; `lead_id` is the new lead, or the one it repeats."""

    outcome: RowOutcome
    lead_id: int | None = None
    detail: str = ""


@dataclass(slots=True)
class StoreResult:
    """`rows` answers candidate by candidate, in the order given; the rest is derived."""

    rows: list[RowResult] = field(default_factory=list)

    @property
    def created(self) -> list[int]:
        return [
            row.lead_id for row in self.rows if row.outcome is RowOutcome.CREATED and row.lead_id
        ]

    @property
    def duplicates(self) -> list[int]:
        """The leads that were there already, one entry per repeated candidate."""
        return [
            row.lead_id for row in self.rows if row.outcome is RowOutcome.DUPLICATE and row.lead_id
        ]

    def count(self, outcome: RowOutcome) -> int:
        return sum(row.outcome is outcome for row in self.rows)

    @property
    def suppressed(self) -> int:
        return self.count(RowOutcome.SUPPRESSED)

    @property
    def invalid(self) -> int:
        return self.count(RowOutcome.INVALID)

    @property
    def over_allowance(self) -> int:
        return self.count(RowOutcome.OVER_ALLOWANCE)

    def counts(self) -> dict[str, int]:
        """Every outcome that occurred, for a run's record."""
        return {outcome.value: n for outcome in RowOutcome if (n := self.count(outcome))}


def store_leads(
    *, customer: Customer, candidates: Sequence[Candidate], source: str, now: datetime
) -> StoreResult:
    """Store what can be stored, in transactions of at most `BATCH` rows.

    Leads already there keep every value they have: an import adds people, it never edits
    them. INVALID leads do not count as there. The plan's lead allowance is taken for the
    leads created and for no others. Raises nothing for a bad row.
    """
    result = StoreResult()
    for start in range(0, len(candidates), BATCH):
        batch = candidates[start : start + BATCH]
        result.rows.extend(_store_batch(customer, batch, source=source, now=now))
    return result


def _store_batch(
    customer: Customer, candidates: Sequence[Candidate], *, source: str, now: datetime
) -> list[RowResult]:
    results: list[RowResult | None] = [None] * len(candidates)
    rows: dict[int, LeadRow] = {}
    for index, candidate in enumerate(candidates):
        try:
            rows[index] = prepare(candidate, default_reason=_reason(customer, source), now=now)
        except NotALead as problem:
            results[index] = RowResult(RowOutcome.INVALID, detail=str(problem))
    with transaction.atomic():
        # Whoever imports a do-not-contact list holds the same lock, so that an entry is either
        # seen here or finds the new lead; and two imports of one list take turns.
        Customer.objects.lock(customer.pk)
        for index, why in _suppressed(customer, rows).items():
            del rows[index]
            results[index] = RowResult(RowOutcome.SUPPRESSED, detail=why)
        stored = insert_batch(customer, list(rows.values()), source=source, now=now)
    for index, row_result in zip(rows, stored, strict=True):
        results[index] = row_result
    finished = [row for row in results if row is not None]
    _log_duplicates(customer, source, finished)
    return finished


def _reason(customer: Customer, source: str) -> str:
    wanted = " in ".join(part for part in (customer.niche, customer.geography) if part)
    return f"Given by {source} for {wanted or 'this customer'}; no reason was recorded."


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


# --- Suppression ---------------------------------------------------------------------


def _suppressed(customer: Customer, rows: dict[int, LeadRow]) -> dict[int, str]:
    """Which rows must not be written to, with the sentence for their outcome."""
    asked: dict[int, dict[tuple[str, str], str]] = {}
    hashes: set[str] = set()
    for index, row in rows.items():
        asked[index] = _suppression_hashes(row)
        hashes.update(value_hash for _, value_hash in asked[index])
    listed = _listed(customer, hashes)
    found = {}
    for index, values in asked.items():
        for pair, value in values.items():
            if pair in listed:
                found[index] = f"{value} is on the do-not-contact list ({listed[pair]})."
                break
    return found


def _suppression_hashes(row: LeadRow) -> dict[tuple[str, str], str]:
    domains = {row.domain} - {""}
    if row.email_host not in {"", row.domain}:
        domains.update(domains_over(row.email_host))
    values = {(SuppressionKind.DOMAIN.value, suppression_hash(name)): name for name in domains}
    if row.email_key:
        values[SuppressionKind.ADDRESS.value, suppression_hash(row.email_key)] = row.email_key
    return values


def _listed(customer: Customer, hashes: set[str]) -> dict[tuple[str, str], str]:
    entries = Suppression.objects.filter(value_hash__among=hashes)
    return {
        (entry.kind, entry.value_hash): entry.get_reason_display().lower()
        for entry in entries
        if entry.customer_id in {None, customer.pk}
    }


# --- The database step ---------------------------------------------------------------


def insert_batch(
    customer: Customer, rows: list[LeadRow], *, source: str, now: datetime
) -> list[RowResult]:
    """One outcome per row, in order. Call it in a transaction that has locked the customer."""
    granted = reserve_leads(customer_id=customer.pk, wanted=len(rows), now=now)
    if granted == len(rows):
        results = _insert_set(customer, rows, source=source, now=now)
    else:
        results = _look_and_insert(customer, rows, granted=granted, source=source, now=now)
    created = sum(result.outcome is RowOutcome.CREATED for result in results)
    if created < granted:
        release_leads(customer_id=customer.pk, count=granted - created)
    return results


def _insert_set(
    customer: Customer, rows: list[LeadRow], *, source: str, now: datetime
) -> list[RowResult]:
    """Insert first; then name the leads that the refused rows repeat."""
    new_ids = _insert_rows(customer, rows, source=source, now=now)
    results: list[RowResult | None] = [
        RowResult(RowOutcome.CREATED, lead_id) if lead_id else None for lead_id in new_ids
    ]
    refused = [index for index, lead_id in enumerate(new_ids) if lead_id is None]
    if refused:
        made = [(row, pk) for row, pk in zip(rows, new_ids, strict=True) if pk]
        known = _Known(customer, [rows[index] for index in refused], made)
        for index in refused:
            results[index] = known.duplicate(rows[index]) or _VANISHED
    return [result for result in results if result is not None]


# Between the refusal and the look-up somebody moved or erased the other lead.
_VANISHED = RowResult(RowOutcome.DUPLICATE, detail="It repeats a lead that was just removed.")


def _look_and_insert(
    customer: Customer, rows: list[LeadRow], *, granted: int, source: str, now: datetime
) -> list[RowResult]:
    """Look first, then insert what is new, as far as the allowance reaches.

    Nobody inserts in between, for the customer is locked; even so the constraints have
    the last word.
    """
    known = _Known(customer, rows)
    results: list[RowResult | None] = []
    new: list[int] = []
    for index, row in enumerate(rows):
        repeated = known.duplicate(row)
        if repeated is None and len(new) < granted:
            known.add(row, position=len(new))
            new.append(index)
        elif repeated is None:
            repeated = _OVER
        results.append(repeated)
    ids = _insert_rows(customer, [rows[index] for index in new], source=source, now=now)
    for index, lead_id in zip(new, ids, strict=True):
        results[index] = RowResult(RowOutcome.CREATED, lead_id) if lead_id else _VANISHED
    return [
        _with_id(result, ids) if result.outcome is RowOutcome.DUPLICATE else result
        for result in results
        if result is not None
    ]


_OVER = RowResult(
    RowOutcome.OVER_ALLOWANCE, detail="Your plan's lead allowance is used up. Upgrade to add more."
)


def _with_id(result: RowResult, ids: Sequence[int | None]) -> RowResult:
    """A twin within the batch was noted by its position, as a negative id."""
    if result.lead_id is None or result.lead_id > 0:
        return result
    return RowResult(result.outcome, ids[-result.lead_id - 1], result.detail)


class _Known:
    """The leads, and the rows of this batch, that further rows may repeat."""

    def __init__(
        self,
        customer: Customer,
        rows: Sequence[LeadRow],
        made: Iterable[tuple[LeadRow, int]] = (),
    ) -> None:
        self.by_email: dict[str, int] = {}
        self.by_company: dict[tuple[str, str], int] = {}
        # The conditions repeat those of the unique indexes, which serve these look-ups.
        leads = Lead.objects.filter(customer=customer).exclude(status=LeadStatus.INVALID)
        emails = {row.email_key for row in rows} - {""}
        companies = {(row.company_key, row.domain) for row in rows if _has_company(row)}
        for row, pk in made:
            if row.email_key in emails:
                self.by_email[row.email_key] = pk
            if (row.company_key, row.domain) in companies:
                self.by_company[row.company_key, row.domain] = pk
        emails -= self.by_email.keys()
        companies -= self.by_company.keys()
        if emails:
            found = leads.exclude(email_key="").filter(email_key__among=emails)
            self.by_email.update(found.values_list("email_key", "pk"))
        if companies:
            found = leads.exclude(company_key="").exclude(domain="")
            # By name alone: the index would be searched for each pair of two lists.
            found = found.filter(company_key__among={name for name, _ in companies})
            for name, domain, pk in found.values_list("company_key", "domain", "pk"):
                if (name, domain) in companies:
                    self.by_company[name, domain] = pk

    def add(self, row: LeadRow, *, position: int) -> None:
        if row.email_key:
            self.by_email[row.email_key] = -position - 1
        if _has_company(row):
            self.by_company[row.company_key, row.domain] = -position - 1

    def duplicate(self, row: LeadRow) -> RowResult | None:
        if row.email_key and (lead_id := self.by_email.get(row.email_key)):
            return RowResult(RowOutcome.DUPLICATE, lead_id, f"{row.email_key} is already a lead.")
        if _has_company(row) and (lead_id := self.by_company.get((row.company_key, row.domain))):
            return RowResult(
                RowOutcome.DUPLICATE, lead_id, f"{row.company} ({row.domain}) is already a lead."
            )
        return None


def _has_company(row: LeadRow) -> bool:
    return bool(row.company_key and row.domain)


def _insert_rows(
    customer: Customer, rows: list[LeadRow], *, source: str, now: datetime
) -> list[int | None]:
    """Insert in order; the new id of each row, None where a constraint refused it.

    Every row has an address or a company with its domain, so its keys name it.
    """
    constants = {
        "customer_id": customer.pk,
        "source": source,
        "status": LeadStatus.NEW.value,
        "created_at": now,
    }
    inserted = insert_ignoring_conflicts(
        Lead,
        constants=constants,
        columns={name: list(map(attrgetter(name), rows)) for name in LeadRow.__slots__},
        returning=("email_key", "company_key", "domain"),
    )
    ids: dict[Key, int] = {made[1:]: made[0] for made in inserted}
    # Of rows with equal keys the first was made; its id is given out once.
    return [ids.pop((row.email_key, row.company_key, row.domain), None) for row in rows]

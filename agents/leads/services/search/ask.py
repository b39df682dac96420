"""One search at one provider: asked until enough leads are stored, and recorded."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from agents.leads.fit import assess_fit
from agents.leads.providers import Found, LeadProvider, ProviderFailed, Rejected
from agents.leads.services.search.progress import save_progress
from agents.leads.services.store import RowOutcome, StoreResult, store_leads
from agents.models import LeadSourceRun, RejectedCandidate
from agents.states import SourceResult
from hossagent import subsystems
from hossagent.lib.text import single_line

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer
    from agents.models import SourceProgress

logger = logging.getLogger("agents.leads")

# Questions of one search: more are asked only while duplicates or misfits come back.
MAX_QUESTIONS = 5


@dataclass(slots=True)
class Search:
    """What a search for `wanted` leads came to; `why` is "" when it found them all."""

    provider: str
    wanted: int
    result: SourceResult = SourceResult.OK
    stored: StoreResult = field(default_factory=StoreResult)
    rejected: list[Rejected] = field(default_factory=list)
    why: str = ""
    retry_after: timedelta = timedelta(0)
    is_exhausted: bool = False

    @property
    def created(self) -> int:
        return self.stored.count(RowOutcome.CREATED)

    @property
    def missing(self) -> int:
        return self.wanted - self.created

    @property
    def detail(self) -> str:
        return f"Found {self.created} of {self.wanted}. {self.why}" if self.why else ""

    def counts(self) -> dict[str, int]:
        counts = self.stored.counts()
        if self.rejected:
            counts["rejected"] = len(self.rejected)
        if self.result is not SourceResult.OK:
            counts["errors"] = 1
        return counts


def search_provider(
    provider: LeadProvider | None,
    *,
    customer: Customer,
    progress: SourceProgress,
    wanted: int,
    now: datetime,
) -> Search:
    """Ask until `wanted` leads are stored or the reason why not is known; record it.

    The cursor is saved after the leads: after a crash in between, the provider is asked
    again, and the unique constraints keep everybody from being stored twice.
    """
    search = Search(progress.provider, wanted)
    if provider is None:
        _add_missing_credentials(search, customer)
    else:
        _ask_repeatedly(provider, search, customer, progress, now=now)
    _record_run(search, customer, now=now)
    save_progress(
        progress,
        result=search.result,
        is_exhausted=search.is_exhausted,
        retry_after=search.retry_after,
        now=now,
    )
    return search


def _add_missing_credentials(search: Search, customer: Customer) -> None:
    mode = subsystems.leads()
    search.result = SourceResult.NO_CREDS
    search.why = f"{mode.reason}. {mode.fix}"
    logger.warning("[LEADS][API_ERROR] status=NO_CREDS customer_id=%s", customer.pk)


def _ask_repeatedly(
    provider: LeadProvider,
    search: Search,
    customer: Customer,
    progress: SourceProgress,
    *,
    now: datetime,
) -> None:
    for _ in range(MAX_QUESTIONS):
        if search.missing <= 0:
            return
        try:
            found = provider.find(
                niche=customer.niche,
                geography=customer.geography,
                wanted=search.missing,
                cursor=progress.cursor,
            )
        except ProviderFailed as error:
            _add_failure(search, customer, error)
            return
        _store_what_fits(found, search, customer, now=now)
        progress.cursor = single_line(found.next_cursor or "", 500)
        if found.next_cursor is None:
            search.is_exhausted = True
            if search.missing > 0:
                search.why = "The provider has no more leads for this niche and geography."
            return
        if search.why:
            return
    if search.missing > 0:
        search.why = f"Stopped after {MAX_QUESTIONS} requests. The next search continues."


def _add_failure(search: Search, customer: Customer, error: ProviderFailed) -> None:
    search.result = SourceResult.API_ERROR
    search.why = str(error)
    search.retry_after = timedelta(seconds=error.retry_after_seconds)
    logger.warning(
        "[LEADS][API_ERROR] status=%s customer_id=%s provider=%s error=%s",
        error.status,
        customer.pk,
        search.provider,
        error,
    )


def _store_what_fits(found: Found, search: Search, customer: Customer, *, now: datetime) -> None:
    """Store the candidates that fit, and note the reasons of the others."""
    search.rejected += found.rejected
    search.why = found.note
    accepted = []
    # No provider is trusted to keep to the number it was asked for.
    for candidate in found.candidates[: search.missing]:
        fit = assess_fit(candidate, niche=customer.niche, geography=customer.geography)
        if fit.is_accepted:
            accepted.append(replace(candidate, reason=fit.reason))
        else:
            search.rejected.append(Rejected(candidate.company or candidate.email, fit.reason))
    source = search.provider.lower()
    stored = store_leads(customer=customer, candidates=accepted, source=source, now=now)
    search.stored.rows += stored.rows
    if stored.over_allowance:
        search.why = "The plan's lead allowance is used up."


def _record_run(search: Search, customer: Customer, *, now: datetime) -> None:
    run = LeadSourceRun.objects.create(
        customer=customer,
        provider=search.provider,
        at=now,
        result=search.result,
        created=search.created,
        skipped=len(search.stored.rows) - search.created + len(search.rejected),
        detail=search.detail[:500],
    )
    RejectedCandidate.objects.bulk_create(
        RejectedCandidate(
            run=run,
            customer=customer,
            name=single_line(rejected.name, 200),
            reason=single_line(rejected.reason, 500),
        )
        for rejected in search.rejected
    )

"""One pass of Lead Source: ask the provider for a few leads and store them.

Bounded four ways: by MAX_NEW_LEADS_PER_CYCLE, by the plan's allowance, by how many new
leads wait already (a customer nobody looks after does not pile up leads), and by how
often a provider is asked in one search.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from agents.leads.fit import assess_fit
from agents.leads.providers import Found, LeadProvider, ProviderFailed, Rejected
from agents.leads.services.providers import get_made_up_provider, get_provider
from agents.leads.services.source.store import RowOutcome, StoreResult, store_leads
from agents.models import Lead, LeadSourceRun, RejectedCandidate, SourceProgress
from agents.states import LeadStatus, SourceResult
from billing.entitlements import can_run_agent_for, lead_allowance
from hossagent import subsystems
from hossagent.config import LeadFallback
from hossagent.config import LeadProvider as ProviderName
from hossagent.lib.text import single_line

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer

logger = logging.getLogger("agents.leads")

# New leads that may wait, in cycles' worth of leads: by default 100.
BACKLOG_CYCLES = 10
# Questions of one search: more are asked only while duplicates or misfits come back.
MAX_QUESTIONS = 5
FIRST_RETRY = timedelta(minutes=5)
LONGEST_RETRY = timedelta(hours=6)
# A provider that has nobody else to offer is asked again from its start.
EXHAUSTED_REST = timedelta(days=7)


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
    def detail(self) -> str:
        return f"Found {self.created} of {self.wanted}. {self.why}" if self.why else ""

    def counts(self) -> dict[str, int]:
        counts = self.stored.counts()
        if self.rejected:
            counts["rejected"] = len(self.rejected)
        if self.result is not SourceResult.OK:
            counts["errors"] = 1
        return counts


def run_lead_source(*, customer: Customer, now: datetime) -> dict[str, int]:
    """Ask for up to MAX_NEW_LEADS_PER_CYCLE leads and store them; counts by outcome.

    Never raises for what a provider does: an error or missing credentials is logged,
    recorded as a `LeadSourceRun`, answered by the fallback when one is configured, and
    keeps the provider from being asked again too soon. Empty when nothing was to do.
    """
    wanted = _room(customer, now)
    if wanted <= 0:
        return {}
    progress = _progress(customer, settings.CONFIG.LEAD_SOURCE_PROVIDER)
    if must_wait(progress, now):
        return {}
    counts: dict[str, int] = {}
    for search in _searches(customer, progress, wanted, now=now):
        for name, count in search.counts().items():
            counts[name] = counts.get(name, 0) + count
    return counts


def find_leads(*, customer: Customer, wanted: int, now: datetime) -> list[Search]:
    """Find `wanted` more leads, or say why not: what a person asks for.

    Continues where the last search ended and neither waits for a provider's rest nor
    minds how many leads are waiting; the plan's allowance holds. One entry per provider
    asked: the second is the fallback.
    """
    progress = _progress(customer, settings.CONFIG.LEAD_SOURCE_PROVIDER)
    return _searches(customer, progress, wanted, now=now)


def _searches(
    customer: Customer, progress: SourceProgress, wanted: int, *, now: datetime
) -> list[Search]:
    config = settings.CONFIG
    first = _search(get_provider(customer), customer, progress, wanted, now=now)
    if first.result is SourceResult.OK or config.LEAD_SOURCE_FALLBACK is LeadFallback.NONE:
        return [first]
    fallback = _progress(customer, ProviderName.DUMMY_SEED)
    rest = wanted - first.created
    return [first, _search(get_made_up_provider(customer), customer, fallback, rest, now=now)]


def most_wanted(customer: Customer, now: datetime) -> int:
    """How many leads a cycle may add before those that wait already are counted."""
    if not can_run_agent_for(customer, now=now) or not customer.niche.strip():
        return 0
    per_cycle: int = settings.CONFIG.MAX_NEW_LEADS_PER_CYCLE
    left = lead_allowance(customer, now=now).left
    return per_cycle if left is None else min(per_cycle, left)


def most_waiting() -> int:
    """New leads that may wait; with as many, no more are looked for."""
    limit: int = settings.CONFIG.MAX_NEW_LEADS_PER_CYCLE * BACKLOG_CYCLES
    return limit


def _room(customer: Customer, now: datetime) -> int:
    """How many leads may be added now; asks the database once at most."""
    wanted = most_wanted(customer, now)
    if wanted <= 0:
        return 0
    limit = most_waiting()
    waiting = Lead.objects.filter(customer=customer, status=LeadStatus.NEW)[:limit].count()
    return min(wanted, limit - waiting)


def _progress(customer: Customer, provider: str) -> SourceProgress:
    row = SourceProgress.objects.filter(customer=customer, provider=provider).first()
    return current_progress(customer, provider, row)


def current_progress(
    customer: Customer, provider: str, row: SourceProgress | None
) -> SourceProgress:
    """`row`, or an unsaved beginning when it is none of this niche and geography."""
    query = f"{customer.niche.strip()} | {customer.geography.strip()}".lower()[:420]
    if row is not None and row.query == query:
        return row
    pk = row.pk if row is not None else None
    return SourceProgress(pk=pk, customer=customer, provider=provider, query=query)


def must_wait(progress: SourceProgress, now: datetime) -> bool:
    """The provider failed or has nobody else to offer, and rests."""
    if progress.next_look_at is None or progress.next_look_at <= now:
        return False
    # Credentials may have arrived since.
    return not (progress.result == SourceResult.NO_CREDS and subsystems.leads().is_live)


# --- One search --------------------------------------------------------------------------


def _search(
    provider: LeadProvider | None,
    customer: Customer,
    progress: SourceProgress,
    wanted: int,
    *,
    now: datetime,
) -> Search:
    """Ask until `wanted` leads are stored or the reason why not is known; record it.

    The cursor is saved after the leads: a crash in between asks again, and the
    constraints see to it that nobody is stored twice.
    """
    search = Search(progress.provider, wanted)
    if provider is None:
        _no_credentials(search, customer)
    else:
        _ask_repeatedly(provider, search, customer, progress, now=now)
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
    _rest(progress, search, now=now)
    progress.save()
    return search


def _no_credentials(search: Search, customer: Customer) -> None:
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
        missing = search.wanted - search.created
        if missing <= 0:
            return
        try:
            found = provider.find(
                niche=customer.niche,
                geography=customer.geography,
                wanted=missing,
                cursor=progress.cursor,
            )
        except ProviderFailed as error:
            _failed(search, customer, error)
            return
        _take(found, search, customer, missing, now=now)
        progress.cursor = single_line(found.next_cursor or "", 500)
        if found.next_cursor is None:
            search.is_exhausted = True
            if search.created < search.wanted:
                search.why = "The provider has nobody else for this niche and geography."
            return
        if search.why:
            return
    if search.created < search.wanted:
        search.why = f"Stopped after {MAX_QUESTIONS} questions; the next search continues."


def _failed(search: Search, customer: Customer, error: ProviderFailed) -> None:
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


def _take(found: Found, search: Search, customer: Customer, missing: int, *, now: datetime) -> None:
    """Judge what was found, store what fits, keep the reasons of what does not."""
    search.rejected += found.rejected
    search.why = found.note
    accepted = []
    # No provider is trusted to keep to the number it was asked for.
    for candidate in found.candidates[:missing]:
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


def _rest(progress: SourceProgress, search: Search, *, now: datetime) -> None:
    """When to ask this provider again, at the earliest."""
    progress.result = search.result
    progress.is_exhausted = search.is_exhausted
    progress.next_look_at = None
    if search.result is SourceResult.OK:
        progress.failures = 0
        if search.is_exhausted:
            progress.next_look_at = now + EXHAUSTED_REST
        return
    progress.failures = min(progress.failures + 1, 100)
    pause = min(FIRST_RETRY * 2 ** min(progress.failures - 1, 10), LONGEST_RETRY)
    progress.next_look_at = now + max(pause, min(search.retry_after, LONGEST_RETRY))

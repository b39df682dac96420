"""One pass of Lead Source: ask the provider for a few leads and store them.

Bounded three ways: by MAX_NEW_LEADS_PER_CYCLE, by the plan's allowance, and by how many
new leads wait already, so that a customer nobody looks after does not pile up leads.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from agents.models import Lead, LeadSourceRun, SourceProgress
from agents.services.source.store import StoreResult, store_leads
from agents.sources import Found, LeadProvider, ProviderFailed
from agents.sources.dummy_seed import DummySeed
from agents.states import LeadStatus, SourceResult
from billing.entitlements import can_run_agent_for, lead_allowance
from hossagent import subsystems
from hossagent.config import LeadFallback
from hossagent.config import LeadProvider as ProviderName

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer

logger = logging.getLogger("agents.leads")

# New leads that may wait, in cycles' worth of leads: by default 100.
BACKLOG_CYCLES = 10
FIRST_RETRY = timedelta(minutes=5)
LONGEST_RETRY = timedelta(hours=6)
# A provider that has nobody else to offer is asked again from its start.
EXHAUSTED_REST = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one question to one provider came to."""

    provider: str
    result: SourceResult
    found: Found | None = None
    detail: str = ""
    retry_after: timedelta = timedelta(0)


def run_lead_source(*, customer: Customer, now: datetime) -> dict[str, int]:
    """Ask for up to MAX_NEW_LEADS_PER_CYCLE leads and store them; counts by outcome.

    Never raises for what a provider does: an error or missing credentials is logged,
    recorded as a `LeadSourceRun`, answered by the fallback when one is configured, and
    keeps the provider from being asked again too soon. Empty when nothing was to do.
    """
    wanted = _room(customer, now)
    if wanted <= 0:
        return {}
    config = settings.CONFIG
    progress = _progress(customer, config.LEAD_SOURCE_PROVIDER)
    if _must_wait(progress, now):
        return {}
    answer = _ask_primary(customer, progress, wanted)
    stored = _finish(customer, progress, answer, now=now)
    counts = stored.counts()
    if answer.found is None:
        counts["errors"] = 1
        if config.LEAD_SOURCE_FALLBACK is LeadFallback.DUMMY_SEED:
            fallback = _progress(customer, ProviderName.DUMMY_SEED)
            answer = _ask(_dummy_seed(customer), customer, fallback, wanted)
            stored = _finish(customer, fallback, answer, now=now)
            counts.update(stored.counts())
    return counts


def _room(customer: Customer, now: datetime) -> int:
    """How many leads may be added now; asks the database once at most."""
    per_cycle = settings.CONFIG.MAX_NEW_LEADS_PER_CYCLE
    if not can_run_agent_for(customer, now=now) or not customer.niche.strip():
        return 0
    left = lead_allowance(customer, now=now).left
    wanted = per_cycle if left is None else min(per_cycle, left)
    if wanted <= 0:
        return 0
    limit = per_cycle * BACKLOG_CYCLES
    waiting = Lead.objects.filter(customer=customer, status=LeadStatus.NEW)[:limit].count()
    return min(wanted, limit - waiting)


def _progress(customer: Customer, provider: str) -> SourceProgress:
    """The provider's progress, unsaved when there is none for this niche and geography."""
    query = f"{customer.niche.strip()} | {customer.geography.strip()}".lower()[:420]
    row = SourceProgress.objects.filter(customer=customer, provider=provider).first()
    if row is None:
        return SourceProgress(customer=customer, provider=provider, query=query)
    if row.query != query:
        return SourceProgress(pk=row.pk, customer=customer, provider=provider, query=query)
    return row


def _must_wait(progress: SourceProgress, now: datetime) -> bool:
    if progress.next_look_at is None or progress.next_look_at <= now:
        return False
    # Credentials may have arrived since.
    return not (progress.result == SourceResult.NO_CREDS and subsystems.leads().is_live)


def _ask_primary(customer: Customer, progress: SourceProgress, wanted: int) -> _Answer:
    if settings.CONFIG.LEAD_SOURCE_PROVIDER is ProviderName.DUMMY_SEED:
        return _ask(_dummy_seed(customer), customer, progress, wanted)
    mode = subsystems.leads()
    logger.warning("[LEADS][API_ERROR] status=NO_CREDS customer_id=%s", customer.pk)
    return _Answer(progress.provider, SourceResult.NO_CREDS, detail=f"{mode.reason}. {mode.fix}")


def _dummy_seed(customer: Customer) -> LeadProvider:
    return DummySeed(seed=f"customer:{customer.pk}")


def _ask(
    provider: LeadProvider, customer: Customer, progress: SourceProgress, wanted: int
) -> _Answer:
    try:
        found = provider.find(
            niche=customer.niche,
            geography=customer.geography,
            wanted=wanted,
            cursor=progress.cursor,
        )
    except ProviderFailed as error:
        logger.warning(
            "[LEADS][API_ERROR] status=%s customer_id=%s provider=%s error=%s",
            error.status,
            customer.pk,
            provider.name,
            error,
        )
        wait = timedelta(seconds=error.retry_after_seconds)
        return _Answer(provider.name, SourceResult.API_ERROR, detail=str(error), retry_after=wait)
    return _Answer(provider.name, SourceResult.OK, found)


def _finish(
    customer: Customer, progress: SourceProgress, answer: _Answer, *, now: datetime
) -> StoreResult:
    """Store what was found, then record the run and where to continue.

    The cursor is saved after the leads: a crash in between asks again, and the
    constraints see to it that nobody is stored twice.
    """
    stored = StoreResult()
    skipped = 0
    if answer.found is not None:
        # No provider is trusted to keep to the number it was asked for.
        limit = settings.CONFIG.MAX_NEW_LEADS_PER_CYCLE
        candidates = answer.found.candidates[:limit]
        source = answer.provider.lower()
        stored = store_leads(customer=customer, candidates=candidates, source=source, now=now)
        skipped = len(stored.rows) - len(stored.created) + len(answer.found.rejected)
    LeadSourceRun.objects.create(
        customer=customer,
        provider=answer.provider,
        at=now,
        result=answer.result,
        created=len(stored.created),
        skipped=skipped,
        detail=answer.detail[:500],
    )
    _advance(progress, answer, now=now)
    return stored


def _advance(progress: SourceProgress, answer: _Answer, *, now: datetime) -> None:
    progress.result = answer.result
    progress.next_look_at = None
    if answer.found is None:
        progress.failures = min(progress.failures + 1, 100)
        pause = min(FIRST_RETRY * 2 ** min(progress.failures - 1, 10), LONGEST_RETRY)
        progress.next_look_at = now + max(pause, min(answer.retry_after, LONGEST_RETRY))
    else:
        progress.failures = 0
        progress.is_exhausted = answer.found.next_cursor is None
        progress.cursor = (answer.found.next_cursor or "")[:500]
        if progress.is_exhausted:
            progress.next_look_at = now + EXHAUSTED_REST
    progress.save()

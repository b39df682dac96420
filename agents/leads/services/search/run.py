"""Finding new leads: a few in each cycle, or as many as a person asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from agents.leads.services.providers import get_made_up_provider, get_provider
from agents.leads.services.search.ask import Search, search_provider
from agents.leads.services.search.progress import load_progress, must_wait
from agents.leads.services.search.room import room_for_leads
from agents.states import SourceResult
from hossagent.config import LeadFallback
from hossagent.config import LeadProvider as ProviderName

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer
    from agents.models import SourceProgress


def run_lead_source(*, customer: Customer, now: datetime) -> dict[str, int]:
    """Ask for up to MAX_NEW_LEADS_PER_CYCLE leads and store them; counts by outcome.

    Never raises for what a provider does: an error or missing credentials is logged,
    recorded as a `LeadSourceRun`, answered by the fallback when one is configured, and
    keeps the provider from being asked again too soon. Empty when nothing was to do.
    """
    wanted = room_for_leads(customer, now)
    if wanted <= 0:
        return {}
    progress = load_progress(customer, settings.CONFIG.LEAD_SOURCE_PROVIDER)
    if must_wait(progress, now):
        return {}
    counts: dict[str, int] = {}
    for search in _search(customer, progress, wanted, now=now):
        for name, count in search.counts().items():
            counts[name] = counts.get(name, 0) + count
    return counts


def find_leads(*, customer: Customer, wanted: int, now: datetime) -> list[Search]:
    """Find `wanted` more leads, or say why not: what a person asks for.

    Continues where the last search ended. It neither waits while a provider rests nor minds
    how many leads are waiting; the plan's allowance holds. One entry per provider asked: the
    second is the fallback.
    """
    progress = load_progress(customer, settings.CONFIG.LEAD_SOURCE_PROVIDER)
    return _search(customer, progress, wanted, now=now)


def _search(
    customer: Customer, progress: SourceProgress, wanted: int, *, now: datetime
) -> list[Search]:
    """At the configured provider, and at the fallback for what is then missing."""
    first = search_provider(
        get_provider(customer), customer=customer, progress=progress, wanted=wanted, now=now
    )
    has_no_fallback = settings.CONFIG.LEAD_SOURCE_FALLBACK is LeadFallback.NONE
    if first.result is SourceResult.OK or has_no_fallback:
        return [first]
    second = search_provider(
        get_made_up_provider(customer),
        customer=customer,
        progress=load_progress(customer, ProviderName.DUMMY_SEED),
        wanted=first.missing,
        now=now,
    )
    return [first, second]

"""Where the next search continues, and when the provider may be asked again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from agents.models import SourceProgress
from agents.states import SourceResult
from hossagent import subsystems

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer

FIRST_RETRY = timedelta(minutes=5)
LONGEST_RETRY = timedelta(hours=6)
# A provider that has nobody else to offer is asked again from its start.
EXHAUSTED_REST = timedelta(days=7)


def load_progress(customer: Customer, provider: str) -> SourceProgress:
    """What is stored of the customer's searches at this provider, or an unsaved beginning."""
    row = SourceProgress.objects.filter(customer=customer, provider=provider).first()
    return current_progress(customer, provider, row)


def current_progress(
    customer: Customer, provider: str, row: SourceProgress | None
) -> SourceProgress:
    """`row`, or an unsaved beginning when it belongs to another niche or geography."""
    query = f"{customer.niche.strip()} | {customer.geography.strip()}".lower()[:420]
    if row is not None and row.query == query:
        return row
    pk = row.pk if row is not None else None
    return SourceProgress(pk=pk, customer=customer, provider=provider, query=query)


def must_wait(progress: SourceProgress, now: datetime) -> bool:
    """True while the provider rests, because it failed or had nobody else to offer."""
    if progress.next_look_at is None or progress.next_look_at <= now:
        return False
    # Credentials may have arrived since.
    return not (progress.result == SourceResult.NO_CREDS and subsystems.leads().is_live)


def save_progress(
    progress: SourceProgress,
    *,
    result: SourceResult,
    is_exhausted: bool,
    retry_after: timedelta,
    now: datetime,
) -> None:
    """Save where the search ended, and when to ask this provider again at the earliest."""
    progress.result = result
    progress.is_exhausted = is_exhausted
    progress.next_look_at = None
    if result is SourceResult.OK:
        progress.failures = 0
        if is_exhausted:
            progress.next_look_at = now + EXHAUSTED_REST
    else:
        progress.failures = min(progress.failures + 1, 100)
        pause = min(FIRST_RETRY * 2 ** min(progress.failures - 1, 10), LONGEST_RETRY)
        progress.next_look_at = now + max(pause, min(retry_after, LONGEST_RETRY))
    progress.save()

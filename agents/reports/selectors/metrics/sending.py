"""What was sent so far, what is unclear about it, and what has stopped it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from agents.models import Breaker, HourlyQuota, Message, SendTotals
from agents.outreach.services.send import start_totals
from agents.states import MessageMode, MessageStatus, QuotaMode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.metrics_core import Metric

# mode and outcome, the column of the totals, and the rows that are not in it yet.
_EMAILS = (
    ("live", "sent", "live_sent", MessageMode.LIVE, MessageStatus.SENT),
    ("live", "failed", "live_failed", MessageMode.LIVE, MessageStatus.FAILED),
    ("dry_run", "written", "dry_run_written", MessageMode.DRY_RUN, MessageStatus.DRY_RUN),
    ("dry_run", "failed", "dry_run_failed", MessageMode.DRY_RUN, MessageStatus.FAILED),
)
_EVERYBODY = "all"


def sending_families() -> Iterator[Metric]:
    """Three queries."""
    totals = _totals()
    emails = CounterMetricFamily(
        "hossagent_emails",
        "Emails to leads that have come to an end.",
        labels=["mode", "outcome"],
    )
    for mode, outcome, column, _, _ in _EMAILS:
        emails.add_metric([mode, outcome], totals[f"all_{column}"])
    yield emails
    slots = CounterMetricFamily(
        "hossagent_email_slots",
        "Slots of the hourly limit taken, each before its email could leave.",
        labels=["counter"],
    )
    for mode in QuotaMode.values:
        slots.add_metric([mode], totals[f"all_{mode}_slots"])
    yield slots
    unknown = Message.objects.filter(status=MessageStatus.UNKNOWN).count()
    yield GaugeMetricFamily(
        "hossagent_emails_unknown",
        "Emails of which nobody knows whether they left; a person settles them.",
        value=unknown,
    )
    yield _breakers()


def _totals() -> dict[str, Any]:
    """Totals and the rows since, in one statement: what moves between them counts once."""
    sums = {f"all_{column}": _emails(column, mode, status) for *_, column, mode, status in _EMAILS}
    sums |= {f"all_{mode}_slots": _slots(mode) for mode in QuotaMode.values}
    rows = SendTotals.objects.annotate(**sums).values(*sums)
    found: dict[str, Any] | None = rows.first()
    if found is None:
        start_totals()
        return dict(rows.get())
    return found


def _emails(column: str, mode: str, status: str) -> Any:
    since = Message.objects.filter(
        mode=mode, status=status, finished_at__gte=OuterRef("counted_until")
    )
    number = since.order_by().values("mode").annotate(n=Count("pk")).values("n")
    return F(column) + Coalesce(Subquery(number), 0)


def _slots(mode: str) -> Any:
    rows = HourlyQuota.objects.filter(mode=mode)
    number = rows.order_by().values("mode").annotate(n=Sum("used")).values("n")
    return F(f"{mode}_slots") + Coalesce(Subquery(number), 0)


def _breakers() -> Metric:
    """Whom a breaker stops, not who it is: a scope would name a customer."""
    scopes = list(Breaker.objects.filter(rearmed_at=None).values_list("scope", flat=True))
    for_all = scopes.count(_EVERYBODY)
    family = GaugeMetricFamily(
        "hossagent_breakers_tripped",
        "Circuit breakers that have stopped email and wait for a person.",
        labels=["scope"],
    )
    family.add_metric(["all"], for_all)
    family.add_metric(["customer"], len(scopes) - for_all)
    return family

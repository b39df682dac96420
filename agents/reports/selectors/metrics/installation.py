"""What this installation is, what is switched on, and what waits for its operator."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

import django
from django.conf import settings
from django.db.models import Count, Q
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily

from accounts.models import OutboxMail
from accounts.states import OutboxStatus
from agents.models import Backfill, SystemSettings
from agents.reports.selectors.customer_plans import count_plans
from agents.states import BackfillStatus
from billing.models import BillingEvent
from billing.states import EventStatus
from hossagent import __version__, subsystems

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from prometheus_client.metrics_core import Metric


def installation_families(*, now: datetime) -> Iterator[Metric]:
    """Five queries."""
    yield InfoMetricFamily(
        "hossagent_build",
        "What is running.",
        value={
            "version": __version__,
            "python": platform.python_version(),
            "django": django.get_version(),
            "release_mode": str(settings.CONFIG.RELEASE_MODE).lower(),
        },
    )
    live = GaugeMetricFamily(
        "hossagent_subsystem_live",
        "1 when the subsystem touches the outside world, 0 in dry run.",
        labels=["subsystem"],
    )
    for subsystem in subsystems.all_subsystems():
        live.add_metric([subsystem.name], int(subsystem.is_live))
    yield live
    yield from _switches()
    customers = GaugeMetricFamily(
        "hossagent_customers", "Open accounts on each plan.", labels=["plan"]
    )
    for plan, number in count_plans(now=now).items():
        if plan != "total":
            customers.add_metric([plan], number)
    yield customers
    yield _account_email()
    yield GaugeMetricFamily(
        "hossagent_stripe_events_failed",
        "Stripe events that could not be processed and wait for a person.",
        value=BillingEvent.objects.filter(status=EventStatus.FAILED).count(),
    )
    yield _backfills()


def _backfills() -> Metric:
    """One query over a table with a row for each backfill that there ever was."""
    family = GaugeMetricFamily(
        "hossagent_backfills",
        "Backfills of old rows that are not done, by status.",
        labels=["status"],
    )
    found = dict(Backfill.objects.order_by().values_list("status").annotate(n=Count("pk")))
    for status in (BackfillStatus.RUNNING, BackfillStatus.PAUSED, BackfillStatus.FAILED):
        family.add_metric([status], found.get(status, 0))
    return family


def _switches() -> Iterator[Metric]:
    row = SystemSettings.objects.filter(pk=1).first()
    yield GaugeMetricFamily(
        "hossagent_autopilot_on",
        "1 while the operator's autopilot is on.",
        value=int(row is not None and row.is_autopilot_on),
    )
    yield GaugeMetricFamily(
        "hossagent_outreach_stopped",
        "1 while the operator has stopped all outreach.",
        value=int(row is not None and row.outreach_stopped_at is not None),
    )


def _account_email() -> Metric:
    """One query over the two indexes that hold such rows only."""
    waiting = (OutboxStatus.FAILED, OutboxStatus.HELD)
    rows = OutboxMail.objects.filter(Q(status=waiting[0]) | Q(status=waiting[1])).order_by()
    found = dict(rows.values_list("status").annotate(n=Count("pk")))
    family = GaugeMetricFamily(
        "hossagent_account_emails",
        "Emails to customers that failed, or are held until email is live.",
        labels=["status"],
    )
    for status in waiting:
        family.add_metric([status], found.get(status, 0))
    return family

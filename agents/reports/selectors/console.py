"""The console's figures: a fixed number of queries, whatever the tables hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Count, Min, Q, Sum

from accounts.models import Customer
from agents.models import (
    Heartbeat,
    HourlyQuota,
    InboundMessage,
    Lead,
    LeadSourceRun,
    Message,
    SandboxReaction,
    SendAttempt,
    Task,
)
from agents.states import AttemptOutcome, MessageStatus, QuotaMode, TaskStatus
from billing.models import Invoice
from billing.states import InvoiceStatus
from hossagent.lib.calendars import hour_of
from hossagent.lib.sandbox_clock import SandboxClock

if TYPE_CHECKING:
    from datetime import datetime

NEWEST_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Tiles:
    """Totals; money in cents, from work summaries only (internal metrics)."""

    leads: int
    customers: int
    pending_tasks: int
    draft_invoices: int
    revenue_cents: int
    outstanding_cents: int


def get_tiles() -> Tiles:
    """The totals at the top of the console; four queries."""
    invoices = Invoice.objects.aggregate(
        drafts=Count("pk", filter=Q(status=InvoiceStatus.DRAFT)),
        revenue=Sum("total_cents", filter=Q(status=InvoiceStatus.PAID), default=0),
        outstanding=Sum("total_cents", filter=Q(status=InvoiceStatus.OPEN), default=0),
    )
    return Tiles(
        leads=Lead.objects.count(),
        customers=Customer.objects.filter(closed_at=None).count(),
        pending_tasks=Task.objects.filter(due_at__isnull=False, status=TaskStatus.PENDING).count(),
        draft_invoices=invoices["drafts"],
        revenue_cents=invoices["revenue"],
        outstanding_cents=invoices["outstanding"],
    )


@dataclass(frozen=True, slots=True)
class EmailHealth:
    """The emails of this clock hour against the limit, and the newest attempts."""

    live_this_hour: int
    dry_run_this_hour: int
    simulated_this_hour: int
    hourly_limit: int
    # The sandbox world's hours are shorter, so a clock hour holds many of them.
    simulated_limit: int
    cycle_limit: int
    attempts: list[SendAttempt]
    throttled: int


def get_email_health(*, now: datetime) -> EmailHealth:
    """What was sent lately, and what was tried; two queries."""
    used = dict(HourlyQuota.objects.filter(hour=hour_of(now)).values_list("mode", "used"))
    attempts = list(SendAttempt.objects.order_by("-pk")[:NEWEST_ATTEMPTS])
    return EmailHealth(
        live_this_hour=used.get(QuotaMode.LIVE, 0),
        dry_run_this_hour=used.get(QuotaMode.DRY_RUN, 0),
        simulated_this_hour=used.get(QuotaMode.SANDBOX, 0),
        hourly_limit=settings.CONFIG.MAX_EMAILS_PER_HOUR,
        simulated_limit=SandboxClock(settings.CONFIG.SANDBOX_SPEED).allowance(
            settings.CONFIG.MAX_EMAILS_PER_HOUR
        ),
        cycle_limit=settings.CONFIG.MAX_EMAILS_PER_CYCLE,
        attempts=attempts,
        throttled=sum(attempt.outcome == AttemptOutcome.THROTTLED for attempt in attempts),
    )


def get_last_source_run() -> LeadSourceRun | None:
    """The newest search at a lead provider."""
    return LeadSourceRun.objects.select_related("customer").order_by("-at").first()


@dataclass(frozen=True, slots=True)
class Queue:
    """Rows of one kind that are due: how many, and since when the oldest has been waiting."""

    name: str
    depth: int
    oldest_at: datetime | None


def list_queues(*, now: datetime) -> list[Queue]:
    """What is waiting for a worker now; one query each, over the index of due rows."""
    queues: list[tuple[str, Any, str]] = [
        ("customers", Customer.objects.filter(autopilot=True), "next_run_at"),
        ("messages", Message.objects.filter(status=MessageStatus.QUEUED), "due_at"),
        ("tasks", Task.objects.filter(status=TaskStatus.PENDING), "due_at"),
        ("received emails", InboundMessage.objects.all(), "due_at"),
        ("sandbox replies", SandboxReaction.objects.all(), "due_at"),
    ]
    found = []
    for name, rows, column in queues:
        row = rows.filter(**{f"{column}__lte": now}).aggregate(n=Count("pk"), oldest=Min(column))
        found.append(Queue(name, row["n"], row["oldest"]))
    return found


def list_heartbeats() -> list[Heartbeat]:
    """When each loop last ran."""
    return list(Heartbeat.objects.order_by("loop"))

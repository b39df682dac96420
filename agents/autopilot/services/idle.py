"""Customers for whom no agent has anything to do: found and recorded a batch at a time, so
that a tick costs what there is to do, whatever the number of customers.

Each agent's own query still decides what it does. The conditions here may call a customer
busy who turns out to be idle. They must never call one idle who has work that is due.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from accounts.models import Customer
from agents.autopilot.services.stages import (
    idle_runs,
    plan_cycle,
    skipped_run,
    why_not_to_work_for,
)
from agents.leads.services.search import (
    current_progress,
    most_waiting,
    most_wanted,
    must_wait,
)
from agents.lease import Lease, release
from agents.mode import get_outreach_mode
from agents.models import CycleRun, Lead, Message, SourceProgress, Task
from agents.states import LeadStatus, MessageStatus, TaskStatus
from agents.work.services.tasks.weekly import last_week_name
from billing.models import Invoice
from billing.states import InvoiceStatus
from hossagent.lib import loops

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

logger = logging.getLogger("agents.autopilot")

# What a cycle of BizDev looks at; the rest of a message's life is the send loop's.
_BIZDEV = (MessageStatus.PLANNED, MessageStatus.AWAITING_APPROVAL, MessageStatus.QUEUED)


def record_idle(leases: list[Lease], *, now: datetime) -> list[Lease]:
    """Record and release those for whom nothing is to be done; returns the others.

    A customer whose agents would all find nothing, or may not work, needs no cycle of its
    own. When this fails, nothing has happened and every customer gets one.
    """
    try:
        runs = _runs_without_work(leases, now=now)
        if runs:
            with transaction.atomic():
                CycleRun.objects.bulk_create([run for rows in runs.values() for run in rows])
                release(*(lease for lease in leases if lease.customer.pk in runs))
    except Exception:  # one customer's odd row must not stop the others
        logger.exception("a batch goes one by one")
        loops.drop_broken_connection()
        return leases
    return [lease for lease in leases if lease.customer.pk not in runs]


def _runs_without_work(leases: list[Lease], *, now: datetime) -> dict[int, list[CycleRun]]:
    """What is to be recorded for each customer that needs no cycle, by its key."""
    runs: dict[int, list[CycleRun]] = {}
    # A cycle that was left half done is recorded by the run that continues it, and a
    # customer without its rows by the one that fails.
    plain = [row for row in leases if row.abandoned_at is None]
    plain = [row for row in plain if hasattr(row.customer, "subscription")]
    for lease in plain:
        if reason := why_not_to_work_for(lease.customer, now=now):
            runs[lease.customer.pk] = [skipped_run(plan_cycle(lease), reason, now=now)]
    allowed = [lease.customer for lease in plain if lease.customer.pk not in runs]
    idle = find_idle(customers=allowed, now=now)
    for lease in plain:
        if lease.customer.pk in idle:
            runs[lease.customer.pk] = idle_runs(plan_cycle(lease), now=now)
    return runs


def find_idle(*, customers: Sequence[Customer], now: datetime) -> set[int]:
    """The keys of those for whom none of the five agents has anything to do at `now`.

    Two statements, whatever the number of customers and of their rows. Each customer
    comes with `profile` and `subscription` loaded; one that lacks them is not idle,
    because its cycle has to say so.
    """
    whole = [row for row in customers if hasattr(row, "profile") and hasattr(row, "subscription")]
    candidates = {row.pk: row for row in whole if not _is_due_by_itself(row, now=now)}
    if not candidates:
        return set()
    nothing_due = (
        Customer.objects.filter(pk__in=candidates)
        .filter(
            ~_any(Lead.objects.due(now=now)),
            ~_any(Lead.objects.filter(status=LeadStatus.QUALIFIED)),
            ~_any(Message.objects.filter(status__in=_BIZDEV, due_at__lte=now)),
            ~_any(Task.objects.filter(status=TaskStatus.PENDING, due_at__lte=now)),
            ~_any(Task.objects.filter(status=TaskStatus.DONE, invoice_line=None)),
            ~_any(
                Invoice.objects.filter(
                    status=InvoiceStatus.DRAFT, closed_at=None, closes_at__lte=now
                )
            ),
        )
        .annotate(has_enough_leads=_has_enough_leads())
    )
    found = dict(nothing_due.values_list("pk", "has_enough_leads"))
    return set(found) - _who_may_search(
        [candidates[pk] for pk, has_enough in found.items() if not has_enough], now=now
    )


def _is_due_by_itself(customer: Customer, *, now: datetime) -> bool:
    """What the rows in hand say without a question to the database."""
    profile = customer.profile
    return (
        profile.starter_tasks_at is None
        or profile.outreach_mode != get_outreach_mode(customer=customer, now=now)
        or profile.reported_week != last_week_name(now, customer.timezone)
    )


def _any(rows: Any) -> Q:
    return Q(Exists(rows.filter(customer=OuterRef("pk")).order_by()))


def _has_enough_leads() -> Exists:
    """Whether the last lead that may wait is there: reads no further than that."""
    limit = most_waiting()
    if limit <= 0:
        return Exists(Lead.objects.none())
    waiting = Lead.objects.filter(customer=OuterRef("pk"), status=LeadStatus.NEW)
    return Exists(waiting.order_by("-pk")[limit - 1 : limit])


def _who_may_search(customers: Sequence[Customer], *, now: datetime) -> set[int]:
    """Those who would ask the lead provider, because it does not rest."""
    needs_leads = [row for row in customers if most_wanted(row, now) > 0]
    if not needs_leads:
        return set()
    provider = settings.CONFIG.LEAD_SOURCE_PROVIDER
    rows = SourceProgress.objects.filter(customer__in=needs_leads, provider=provider)
    progress = {row.customer_id: row for row in rows}
    return {
        row.pk
        for row in needs_leads
        if not must_wait(current_progress(row, provider, progress.get(row.pk)), now)
    }

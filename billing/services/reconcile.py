"""Compares our rows with Stripe: reports what differs, and repairs it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from billing import gateway
from billing.models import Drift, Subscription
from billing.services import catalog
from billing.stripe_sync import project, sync
from billing.stripe_sync.fetch import fetch_customer_state
from hossagent import subsystems

if TYPE_CHECKING:
    from datetime import datetime

    from billing.stripe_sync.project import Differences

logger = logging.getLogger("billing.reconcile")

RECONCILE_EVERY = timedelta(hours=24)
AFTER_AN_OUTAGE = timedelta(hours=1)
TWO_LIVE = "two live subscriptions, both charged: choose which one ends"


@dataclass(frozen=True, slots=True)
class Finding:
    """What reconciling one customer found. `problem` is a sentence for the operator."""

    customer_id: int
    company: str
    differences: Differences
    live_subscriptions: int = 0
    problem: str = ""


@dataclass(slots=True)
class Report:
    """The result for all customers."""

    compared: int = 0
    findings: list[Finding] = field(default_factory=list)


def reconcile_next(*, now: datetime) -> bool:
    """Reconcile one customer that is due for its daily comparison.

    The row is rescheduled first, so that a customer that cannot be reconciled blocks nobody
    else. During an outage it is due again within the hour.
    """
    if not subsystems.stripe().is_live:
        return False
    row = Subscription.objects.filter(reconcile_at__lte=now).order_by("reconcile_at").first()
    if row is None:
        return False
    claimed = Subscription.objects.filter(pk=row.pk, reconcile_at=row.reconcile_at).update(
        reconcile_at=now + RECONCILE_EVERY
    )
    if not claimed:
        return True
    try:
        reconcile_customer(customer_id=row.pk, now=now)
    except (gateway.StripeUnavailable, gateway.StripeIsOff) as error:
        logger.warning("[STRIPE][UNAVAILABLE] reconcile waits: %s", error)
        Subscription.objects.filter(pk=row.pk).update(reconcile_at=now + AFTER_AN_OUTAGE)
        return False
    return True


def reconcile_customer(*, customer_id: int, now: datetime) -> Finding | None:
    """Bring one customer to Stripe's state, and record what differed as a `Drift`.

    None when nothing differed. Raises when Stripe is off or does not answer. A customer that
    Stripe refuses to return becomes a finding that is not repaired.
    """
    row = Subscription.objects.select_related("customer").get(pk=customer_id)
    company = row.customer.company

    def record_changes(synced: sync.Synced) -> None:
        if synced.changed:
            _record_drift(row, synced.changed, now, is_repaired=True)

    try:
        synced = sync.sync_customer(
            customer_id=customer_id, now=now, and_then=record_changes, all_pages=True
        )
    except gateway.StripeRefused as error:
        problem = f"{error}"
        _record_drift(row, {"problem": {"ours": "", "stripe": problem}}, now, is_repaired=False)
        return Finding(row.pk, company, {}, problem=problem)
    if synced is None:
        return None
    live = synced.row.live_count
    problem = TWO_LIVE if live > 1 else ""
    if not synced.changed and not problem:
        return None
    return Finding(row.pk, company, synced.changed, live, problem)


def compare_customer(*, customer_id: int) -> Finding | None:
    """What `reconcile_customer` would find and repair. Writes nothing."""
    row = Subscription.objects.select_related("customer").get(pk=customer_id)
    try:
        state = fetch_customer_state(stripe_customer_id=row.stripe_customer_id, all_pages=True)
    except gateway.StripeRefused as error:
        return Finding(row.pk, row.customer.company, {}, problem=str(error))
    projection = project.compute_projection(
        subscriptions=state.subscriptions, invoices=state.invoices
    )
    found = project.find_differences(row=row, projection=projection)
    live = projection.live_count
    problem = TWO_LIVE if live > 1 else ""
    if not found and not problem:
        return None
    return Finding(row.pk, row.customer.company, found, live, problem)


def reconcile_all(*, now: datetime, repair: bool = True) -> Report:
    """Compare every linked customer, and the catalog. Raises the gateway's errors."""
    if repair:
        catalog.ensure_catalog()
    report = Report()
    linked = Subscription.objects.exclude(stripe_customer_id="").order_by("pk")
    for customer_id in linked.values_list("pk", flat=True).iterator():
        finding = (
            reconcile_customer(customer_id=customer_id, now=now)
            if repair
            else compare_customer(customer_id=customer_id)
        )
        report.compared += 1
        if finding is not None:
            report.findings.append(finding)
    return report


def _record_drift(
    row: Subscription, differences: Differences, now: datetime, *, is_repaired: bool
) -> None:
    logger.warning(
        "[STRIPE][DRIFT] customer_id=%s repaired=%s %s", row.pk, is_repaired, differences
    )
    Drift.objects.create(
        customer_id=row.pk, found_at=now, differences=differences, is_repaired=is_repaired
    )

"""The counters behind a trial's limits. No caller gets past a limit.

The limit is part of the UPDATE itself, so it holds with any number of concurrent callers.
With pro rights the counters only count. Call these in the transaction that creates what is
counted, so that both happen or neither does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import F
from django.db.models.functions import Greatest

from billing import entitlements
from billing.models import Subscription

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class _Holder:
    """One row in the form that `billing.entitlements` takes."""

    subscription: Subscription


def _holder(customer_id: int) -> _Holder | None:
    row = Subscription.objects.filter(pk=customer_id).first()
    return None if row is None else _Holder(row)


def reserve_leads(*, customer_id: int, wanted: int, now: datetime) -> int:
    """Take up to `wanted` leads from the allowance, and return how many were granted: none
    when the customer's agents may not work."""
    while wanted > 0:
        holder = _holder(customer_id)
        if holder is None or not entitlements.can_run_agent_for(holder, now=now):
            return 0
        allowance = entitlements.lead_allowance(holder, now=now)
        rows = Subscription.objects.filter(pk=customer_id)
        if allowance.limit is None or allowance.left is None:
            return wanted if rows.update(leads_used=F("leads_used") + wanted) else 0
        granted = min(wanted, allowance.left)
        if granted == 0:
            return 0
        if rows.filter(leads_used__lte=allowance.limit - granted).update(
            leads_used=F("leads_used") + granted
        ):
            return granted
        # Another caller took some in the meantime. Look again: there are fewer now.
    return 0


def release_leads(*, customer_id: int, count: int) -> None:
    """Give back leads that were reserved and not used."""
    if count > 0:
        Subscription.objects.filter(pk=customer_id).update(
            leads_used=Greatest(F("leads_used") - count, 0)
        )


def reserve_task(*, customer_id: int, now: datetime) -> bool:
    """Take one task from the allowance. False when it is used up or agents may not work."""
    holder = _holder(customer_id)
    if holder is None or not entitlements.can_run_agent_for(holder, now=now):
        return False
    limit = entitlements.task_allowance(holder, now=now).limit
    rows = Subscription.objects.filter(pk=customer_id)
    if limit is not None:
        rows = rows.filter(tasks_used__lt=limit)
    return bool(rows.update(tasks_used=F("tasks_used") + 1))


def release_task(*, customer_id: int) -> None:
    """Give back a task that was reserved and not done."""
    Subscription.objects.filter(pk=customer_id).update(tasks_used=Greatest(F("tasks_used") - 1, 0))

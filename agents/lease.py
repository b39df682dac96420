"""The autopilot's hold on a customer: a lease with a fence, on the customer's own row.

One guarded UPDATE takes it, so two cycles of one customer never overlap, whoever starts
them: a worker, the console or a command. Taking it also sets the time of the next cycle.
What happens meanwhile may only bring that time forward (`schedule_now`), and a release
never writes it, so no request for a cycle is lost.

The lease of a worker that dies runs out; the next one learns when it was taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from accounts.models import Customer

LEASE = timedelta(minutes=10)
# A worker renews a lease that has less than this left before it goes on.
RENEW_BELOW = LEASE / 2
BATCH = 50


class CustomerBusy(Exception):
    """Another worker has leased this customer; `until` is when that ends at the latest."""

    def __init__(self, customer: Customer) -> None:
        self.until = customer.lease_until
        until = f" (until {self.until:%H:%M:%S} UTC at the latest)" if self.until else ""
        super().__init__(
            f"The agents are working for {customer.company} right now{until}. "
            "Try again in a minute."
        )


class LeaseLost(Exception):
    """The lease ran out during the cycle, and somebody else has the customer now."""


@dataclass(slots=True)
class Lease:
    """A customer this worker holds until `customer.lease_until`, under `customer.fence`."""

    customer: Customer
    # When the worker before us took a lease that it never released.
    abandoned_at: datetime | None = None
    # `schedule_now` brought it here before the next whole cycle was due.
    is_follow_up: bool = False


def schedule_now(*, customer_id: int, now: datetime) -> None:
    """Ask for a cycle as soon as possible: there is new work for this customer.

    One UPDATE in the caller's transaction. During a cycle it makes another one follow.
    """
    Customer.objects.filter(pk=customer_id).update(next_run_at=now)


def lease_customers(*, now: datetime, limit: int = BATCH) -> list[Lease]:
    """Lease up to `limit` due customers, longest waiting first.

    Each comes with `subscription` and `profile` loaded. Four statements at most, whatever
    the number of customers; of any number of workers, exactly one gets each.
    """
    return _lease(Customer.objects.due(now=now).order_by("next_run_at", "pk")[:limit], now=now)


def lease_customer(*, customer_id: int, now: datetime) -> Lease:
    """Lease one customer, due or not. Raises `CustomerBusy`, or `Customer.DoesNotExist`."""
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    leases = _lease(
        Customer.objects.filter(free, pk=customer_id), now=now, is_autopilot=False, wait=True
    )
    if leases:
        return leases[0]
    raise CustomerBusy(Customer.objects.get(pk=customer_id))


def _lease(
    customers: Any, *, now: datetime, is_autopilot: bool = True, wait: bool = False
) -> list[Lease]:
    until = now + LEASE
    with transaction.atomic():
        rows: list[Customer] = list(
            customers.select_related("subscription", "profile").select_for_update(
                of=("self",), skip_locked=not wait
            )
        )
        early = {row.pk for row in rows if is_autopilot and _is_between_cycles(row, now)}
        _write_leases(early, until=until, next_run_at=F("last_cycle_at") + _period())
        whole = {row.pk for row in rows} - early
        times = {"last_cycle_at": now, "next_run_at": now + _period()} if is_autopilot else {}
        _write_leases(whole, until=until, **times)
    leases = []
    for row in rows:
        abandoned_at = row.lease_until - LEASE if row.lease_until else None
        row.lease_until, row.fence = until, row.fence + 1
        leases.append(Lease(row, abandoned_at, row.pk in early))
    return leases


def _period() -> timedelta:
    return timedelta(seconds=settings.CONFIG.AUTOPILOT_PERIOD_SECONDS)


def _is_between_cycles(row: Customer, now: datetime) -> bool:
    return row.last_cycle_at is not None and now < row.last_cycle_at + _period()


def _write_leases(customer_ids: set[int], *, until: datetime, **times: Any) -> None:
    if customer_ids:
        Customer.objects.filter(pk__in=customer_ids).update(
            lease_until=until, fence=F("fence") + 1, **times
        )


def renew(lease: Lease, *, now: datetime) -> None:
    """Extend a lease that has little time left. Raises `LeaseLost`."""
    customer = lease.customer
    assert customer.lease_until is not None
    if customer.lease_until - now > RENEW_BELOW:
        return
    if not _held_by(lease).update(lease_until=now + LEASE):
        raise LeaseLost
    customer.lease_until = now + LEASE


def release(*leases: Lease) -> None:
    """Release customers after their cycle; those that somebody else has by now stay leased."""
    _held_by(*leases).update(lease_until=None)


def release_unworked(lease: Lease, *, now: datetime) -> None:
    """Release a customer whose turn did not come; it is due at once for the next worker."""
    _held_by(lease).update(
        lease_until=None, next_run_at=now, last_cycle_at=lease.customer.last_cycle_at
    )


def _held_by(*leases: Lease) -> Any:
    """The rows of the customers that are still under these leases."""
    mine = Q()
    for lease in leases:
        mine |= Q(pk=lease.customer.pk, fence=lease.customer.fence)
    return Customer.objects.filter(mine)

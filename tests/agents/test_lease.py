"""Leasing customers: who is due, in which order, and never two workers at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Customer
from agents.lease import (
    LEASE,
    CustomerBusy,
    LeaseLost,
    lease_customer,
    lease_customers,
    release,
    release_unworked,
    renew,
    schedule_now,
)
from tests.conftest import NOON
from tests.factories import CustomerFactory

pytestmark = pytest.mark.django_db

PERIOD = timedelta(seconds=300)
SECOND = timedelta(seconds=1)


def times(customer: Customer) -> tuple[Any, ...]:
    """When it is leased until, due next, and had its last whole cycle."""
    customer.refresh_from_db()
    return customer.lease_until, customer.next_run_at, customer.last_cycle_at


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, 1),
        ({"autopilot": False}, 0),
        ({"next_run_at": None}, 0),
        ({"next_run_at": NOON + timedelta(seconds=1)}, 0),
        ({"lease_until": NOON + timedelta(seconds=1)}, 0),
        ({"lease_until": NOON}, 1),
    ],
)
def test_only_due_customers_are_leased(fields: dict[str, Any], expected: int) -> None:
    CustomerFactory.create(**fields)

    assert len(lease_customers(now=NOON)) == expected


def test_leased_customer_is_not_leased_again_before_its_end() -> None:
    CustomerFactory.create(next_run_at=NOON - PERIOD)
    taken = lease_customers(now=NOON)

    again = lease_customers(now=NOON + LEASE - timedelta(seconds=1))

    assert (len(taken), again) == (1, [])


def test_longest_waiting_customers_are_leased_first() -> None:
    for minutes in (1, 3, 2):
        CustomerFactory.create(company=f"{minutes}", next_run_at=NOON - timedelta(minutes=minutes))

    leases = lease_customers(now=NOON, limit=2)

    assert [lease.customer.company for lease in leases] == ["3", "2"]


def test_release_leaves_the_next_time_alone() -> None:
    """New work that came during the cycle is not forgotten by its end."""
    customer = CustomerFactory.create()
    (lease,) = lease_customers(now=NOON)
    schedule_now(customer_id=customer.pk, now=NOON + SECOND)

    release(lease)

    assert times(customer) == (None, NOON + SECOND, NOON)


def test_release_unworked_makes_the_customer_due_as_before() -> None:
    customer = CustomerFactory.create(last_cycle_at=NOON - PERIOD)
    (lease,) = lease_customers(now=NOON)
    assert times(customer) == (NOON + LEASE, NOON + PERIOD, NOON)

    release_unworked(lease, now=NOON + SECOND)

    assert times(customer) == (None, NOON + SECOND, NOON - PERIOD)


def test_lease_taken_over_is_neither_released_nor_renewed() -> None:
    customer = CustomerFactory.create()
    (lost,) = lease_customers(now=NOON)
    later = NOON + LEASE
    (taken,) = lease_customers(now=later)

    release(lost)
    release_unworked(lost, now=later)
    with pytest.raises(LeaseLost):
        renew(lost, now=later)

    assert taken.abandoned_at == NOON
    assert times(customer) == (later + LEASE, later + PERIOD, later)


def test_lease_is_renewed_when_half_of_it_is_over() -> None:
    customer = CustomerFactory.create()
    (lease,) = lease_customers(now=NOON)

    renew(lease, now=NOON + LEASE / 2 - SECOND)
    early = times(customer)[0]
    renew(lease, now=NOON + LEASE / 2)

    assert (early, times(customer)[0]) == (NOON + LEASE, NOON + LEASE / 2 + LEASE)


def test_lease_of_one_customer_needs_no_due_time_and_leaves_it() -> None:
    customer = CustomerFactory.create(autopilot=False, next_run_at=NOON + PERIOD)

    lease = lease_customer(customer_id=customer.pk, now=NOON)

    assert (lease.customer, lease.is_follow_up) == (customer, False)
    assert times(customer) == (NOON + LEASE, NOON + PERIOD, None)
    with pytest.raises(CustomerBusy, match=r"right now \(until 17:10:00 UTC at the latest\)"):
        lease_customer(customer_id=customer.pk, now=NOON)

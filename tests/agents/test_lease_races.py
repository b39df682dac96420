"""Many workers at once on Postgres: each due customer is leased exactly once."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connections

from accounts.models import Customer
from agents.lease import CustomerBusy, lease_customer, lease_customers
from tests.conftest import NOON
from tests.factories import CustomerFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

WORKERS = 16
CUSTOMERS = 160


def test_sixteen_workers_lease_each_customer_once() -> None:
    CustomerFactory.create_batch(CUSTOMERS)
    barrier, leased = threading.Barrier(WORKERS), Counter[int]()
    lock = threading.Lock()

    def work() -> None:
        try:
            barrier.wait()
            while leases := lease_customers(now=NOON, limit=3):
                with lock:
                    leased.update(lease.customer.pk for lease in leases)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(leased.values()) == [1] * CUSTOMERS
    assert set(Customer.objects.values_list("fence", flat=True)) == {1}


def test_eight_manual_runs_lease_their_customer_once() -> None:
    customer = CustomerFactory.create()
    barrier, outcomes = threading.Barrier(8), list[str]()

    def lease() -> None:
        try:
            barrier.wait()
            lease_customer(customer_id=customer.pk, now=NOON + timedelta(seconds=1))
            outcomes.append("leased")
        except CustomerBusy:
            outcomes.append("busy")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=lease) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["busy"] * 7 + ["leased"]

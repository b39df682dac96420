"""Many drainers at once on Postgres: each due customer is claimed exactly once."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connections

from accounts.models import Customer
from agents.autopilot.services import cycles
from tests.conftest import NOON
from tests.factories import CustomerFactory

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

DRAINERS = 16
CUSTOMERS = 160


def test_sixteen_drainers_claim_each_customer_exactly_once() -> None:
    CustomerFactory.create_batch(CUSTOMERS)
    barrier, claimed = threading.Barrier(DRAINERS), Counter[int]()
    lock = threading.Lock()

    def drain() -> None:
        try:
            barrier.wait()
            while claims := cycles.lease_customers(now=NOON, limit=3):
                with lock:
                    claimed.update(claim.customer.pk for claim in claims)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=drain) for _ in range(DRAINERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(claimed.values()) == [1] * CUSTOMERS
    assert set(Customer.objects.values_list("fence", flat=True)) == {1}


def test_eight_manual_runs_of_one_customer_take_its_lease_once() -> None:
    customer = CustomerFactory.create()
    barrier, outcomes = threading.Barrier(8), list[str]()

    def claim() -> None:
        try:
            barrier.wait()
            cycles.lease_customer(customer_id=customer.pk, now=NOON + timedelta(seconds=1))
            outcomes.append("claimed")
        except cycles.CustomerBusy:
            outcomes.append("busy")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=claim) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["busy"] * 7 + ["claimed"]

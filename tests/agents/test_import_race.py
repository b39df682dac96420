"""Two imports of one list at the same time: every person once, nobody lost, no deadlock."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from django.db import connection, connections

from accounts.models import Customer
from agents.models import Lead
from agents.services.source import Candidate, Outcome, StoreResult, store_leads
from billing.models import Subscription
from tests.conftest import NOON
from tests.factories import CustomerFactory

pytestmark = pytest.mark.django_db(transaction=True)


def store_at_once(customer: Customer, lists: list[list[Candidate]]) -> list[StoreResult]:
    barrier = Barrier(len(lists))
    results: list[StoreResult] = []
    errors: list[BaseException] = []

    def work(people: list[Candidate]) -> None:
        try:
            barrier.wait(timeout=30)
            results.append(
                store_leads(customer=customer, candidates=people, source="race", now=NOON)
            )
        except BaseException as error:  # noqa: BLE001 # handed to the test's own thread
            errors.append(error)
        finally:
            connections.close_all()

    threads = [Thread(target=work, args=[people]) for people in lists]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results


def people(count: int) -> list[Candidate]:
    return [
        Candidate(company=f"Clinic {n}", email=f"ada@clinic{n}.com", reason="Fits.")
        for n in range(count)
    ]


def test_two_imports_of_one_list_create_each_lead_once() -> None:
    count = 10_000 if connection.vendor == "postgresql" else 2_000
    customer = CustomerFactory.create(subscription__complimentary=True)
    same = people(count)

    # One of them upside down: without the customer's lock each waits for the other's rows.
    results = store_at_once(customer, [same, same[::-1]])

    assert Lead.objects.count() == count
    created = [len(result.created) for result in results]
    duplicates = [result.count(Outcome.DUPLICATE) for result in results]
    assert (sum(created), sum(duplicates)) == (count, count)
    assert all(row.lead_id for result in results for row in result.rows)
    assert Subscription.objects.get(customer=customer).leads_used == count


@pytest.mark.postgres
def test_imports_together_do_not_pass_the_allowance() -> None:
    customer = CustomerFactory.create()
    lists = [
        [Candidate(company=f"C {n} {m}", email=f"a@c{n}x{m}.com", reason="r") for m in range(15)]
        for n in range(6)
    ]

    results = store_at_once(customer, lists)

    assert sum(len(result.created) for result in results) == 20
    assert Lead.objects.count() == 20

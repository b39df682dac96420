"""Two imports of one list at the same time: every person once, nobody lost, no deadlock."""

from __future__ import annotations

from threading import Barrier, Thread
from time import monotonic, sleep

import pytest
from django.db import connection, connections, transaction

from accounts.models import Customer
from agents.leads.services.store import Candidate, RowOutcome, StoreResult, store_leads
from agents.models import Lead
from agents.states import SuppressionKind
from agents.suppression.services.do_not_contact import import_do_not_contact
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

    # One of them upside down, so that each meets the other's rows in the middle. The
    # constraint holds this by itself; what the customer's lock is for comes below.
    results = store_at_once(customer, [same, same[::-1]])

    assert Lead.objects.count() == count
    created = [len(result.created) for result in results]
    duplicates = [result.count(RowOutcome.DUPLICATE) for result in results]
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


def is_waiting_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


@pytest.mark.postgres
def test_an_import_sees_the_entry_that_is_being_put_on_the_list() -> None:
    customer = CustomerFactory.create(subscription__complimentary=True)
    results: list[StoreResult] = []
    importing = Thread(
        target=lambda: results.extend(
            store_at_once(customer, [[Candidate(company="Clinic", email="ada@clinic.com")]])
        )
    )

    with transaction.atomic():
        import_do_not_contact(
            customer=customer,
            entries=[(SuppressionKind.DOMAIN, "clinic.com")],
            invalid=[],
            by="ada@example.com",
            now=NOON,
        )
        importing.start()
        # Without the customer's lock the import ends here and stores the lead.
        deadline = monotonic() + 30
        while importing.is_alive() and not is_waiting_for_a_lock() and monotonic() < deadline:
            sleep(0.01)
    importing.join()

    assert [row.outcome for row in results[0].rows] == [RowOutcome.SUPPRESSED]
    assert not Lead.objects.exists()

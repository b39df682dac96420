"""One pass of Lead Source: bounded, recorded, and calm when the provider is not there."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from accounts.models import Customer
from agents.models import Lead, LeadSourceRun, SourceProgress
from agents.services.source import run_lead_source
from tests.conftest import NOON
from tests.factories import CustomerFactory, LeadFactory

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db


def load(customer: Customer) -> Customer:
    return Customer.objects.select_related("subscription", "profile").get(pk=customer.pk)


@pytest.fixture
def customer() -> Customer:
    return load(CustomerFactory.create(subscription__complimentary=True))


def runs() -> list[tuple[str, str, int, int]]:
    rows = LeadSourceRun.objects.order_by("pk")
    return [(run.provider, run.result, run.created, run.skipped) for run in rows]


def test_a_pass_adds_up_to_the_number_per_cycle(customer: Customer) -> None:
    assert run_lead_source(customer=customer, now=NOON) == {"created": 10}
    assert run_lead_source(customer=customer, now=NOON) == {"created": 10}

    assert Lead.objects.filter(is_fictional=True, source="dummy_seed").count() == 20
    assert runs() == [("DUMMY_SEED", "OK", 10, 0)] * 2
    assert all(Lead.objects.values_list("reason", flat=True))


def test_a_trial_stops_at_its_allowance() -> None:
    customer = CustomerFactory.create()

    counts = [run_lead_source(customer=load(customer), now=NOON) for _ in range(4)]

    assert counts == [{"created": 10}, {"created": 10}, {}, {}]


def test_leads_do_not_pile_up_when_nobody_writes_to_them(customer: Customer) -> None:
    for n in range(95):
        LeadFactory.create(customer=customer, company=f"Old {n}", email=f"a@old{n}.com")

    assert run_lead_source(customer=customer, now=NOON) == {"created": 5}
    assert run_lead_source(customer=customer, now=NOON) == {}


def test_a_customer_without_rights_gets_nothing() -> None:
    customer = CustomerFactory.create()
    ended = NOON + timedelta(days=8)

    assert run_lead_source(customer=load(customer), now=ended) == {}


def test_an_idle_pass_asks_the_database_twice_at_most(
    customer: Customer, django_assert_max_num_queries: Any
) -> None:
    for n in range(100):
        LeadFactory.create(customer=customer, company=f"Old {n}", email=f"a@old{n}.com")

    with django_assert_max_num_queries(1):
        assert run_lead_source(customer=customer, now=NOON) == {}

    SourceProgress.objects.create(
        customer=customer,
        provider="DUMMY_SEED",
        query="dental clinics | austin, texas",
        next_look_at=NOON + timedelta(hours=1),
    )
    Lead.objects.all().delete()
    with django_assert_max_num_queries(2):
        assert run_lead_source(customer=customer, now=NOON) == {}


def test_a_changed_niche_starts_a_new_search(customer: Customer) -> None:
    run_lead_source(customer=customer, now=NOON)
    customer.niche = "law firms"

    run_lead_source(customer=customer, now=NOON)

    assert SourceProgress.objects.get().query == "law firms | austin, texas"
    assert SourceProgress.objects.get().cursor == "10"


def test_missing_credentials_are_recorded_and_asked_about_rarely(
    customer: Customer, configure: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    configure(LEAD_SOURCE_PROVIDER="SEARCH_API")
    caplog.set_level(logging.WARNING)

    assert run_lead_source(customer=customer, now=NOON) == {"errors": 1}
    assert run_lead_source(customer=customer, now=NOON + timedelta(minutes=4)) == {}

    assert runs() == [("SEARCH_API", "NO_CREDS", 0, 0)]
    assert [line for line in caplog.messages if "[LEADS]" in line] == [
        f"[LEADS][API_ERROR] status=NO_CREDS customer_id={customer.pk}"
    ]


def test_the_fallback_answers_for_a_missing_provider(
    customer: Customer, configure: Callable[..., None]
) -> None:
    configure(LEAD_SOURCE_PROVIDER="SEARCH_API", LEAD_SOURCE_FALLBACK="DUMMY_SEED")

    assert run_lead_source(customer=customer, now=NOON) == {"errors": 1, "created": 10}

    assert runs() == [("SEARCH_API", "NO_CREDS", 0, 0), ("DUMMY_SEED", "OK", 10, 0)]

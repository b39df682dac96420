"""Qualified leads become work, or for the house, customers with an invitation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from accounts.models import Customer, Invitation, OutboxMail
from agents.models import Lead, Task
from agents.states import LeadStatus
from agents.work.services.onboarding import run_onboarding
from agents.work.services.tasks import create_task
from billing.entitlements import PlanStatus, get_plan_status
from hossagent.lib.signing import hash_token
from tests.factories import CustomerFactory, LeadFactory

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db


def loaded(customer: Customer) -> Customer:
    return Customer.objects.select_related("subscription", "profile").get(pk=customer.pk)


def qualified(customer: Customer, now: datetime, **values: Any) -> Lead:
    return LeadFactory.create(
        customer=customer,
        status=LeadStatus.QUALIFIED,
        qualified_at=now,
        next_action_at=None,
        **values,
    )


def test_a_new_customer_gets_its_starter_tasks_once(now: datetime) -> None:
    customer = CustomerFactory.create(profile__starter_tasks_at=None)

    counts = [run_onboarding(customer=loaded(customer), now=now) for _ in range(2)]

    assert counts == [{"starter_tasks": 3}, {}]
    assert list(Task.objects.order_by("pk").values_list("kind", flat=True)) == [
        "ideal_customer_profile",
        "market_snapshot",
        "outreach_playbook",
    ]


def test_a_qualified_lead_is_converted_with_its_opening_tasks(now: datetime) -> None:
    customer = CustomerFactory.create()
    lead = qualified(customer, now)
    qualified(CustomerFactory.create(), now)

    counts = [run_onboarding(customer=loaded(customer), now=now) for _ in range(2)]

    lead.refresh_from_db()
    assert counts == [{"converted": 1}, {}]
    assert (lead.status, lead.converted_at) == (LeadStatus.CONVERTED, now)
    assert sorted(Task.objects.values_list("customer", "lead", "kind")) == [
        (customer.pk, lead.pk, "meeting_agenda"),
        (customer.pk, lead.pk, "proposal_outline"),
        (customer.pk, lead.pk, "prospect_brief"),
    ]


def test_a_house_lead_becomes_a_customer_with_one_invitation(now: datetime) -> None:
    house = CustomerFactory.create(is_house=True)
    lead = qualified(house, now, email="Grace@bright-agency.com", company="Bright Agency")
    qualified(house, now, email="", website="https://northgate.com/")

    counts = [run_onboarding(customer=loaded(house), now=now) for _ in range(2)]

    assert counts == [{"invited": 1}, {}]
    opened = loaded(Customer.objects.exclude(pk=house.pk).get())
    assert (opened.company, opened.autopilot) == ("Bright Agency", False)
    # The trial waits for the claim.
    assert get_plan_status(opened, now=now) is PlanStatus.NONE
    mail = OutboxMail.objects.get()
    token = mail.text.partition("/invitation/")[2].partition("/")[0]
    assert Invitation.objects.get().token_hash == hash_token(token)
    assert (mail.to, mail.customer_id) == ("Grace@bright-agency.com", opened.pk)
    assert not Task.objects.exists()
    lead.refresh_from_db()
    assert lead.status == LeadStatus.CONVERTED


def test_a_prospect_who_is_a_customer_is_not_opened_twice(now: datetime) -> None:
    house = CustomerFactory.create(is_house=True)
    CustomerFactory.create(email="grace@agency.com")
    qualified(house, now, email="Grace@agency.com")

    assert run_onboarding(customer=loaded(house), now=now) == {"already_customers": 1}
    assert Customer.objects.count() == 2


def test_a_lead_that_fails_is_left_whole_and_stops_nobody(
    now: datetime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    customer = CustomerFactory.create()
    bad, good = qualified(customer, now, company="x" * 20), qualified(customer, now)
    original = create_task

    def failing(**values: Any) -> Any:
        if values["lead"].pk == bad.pk and values["kind"] == "proposal_outline":
            values["dedupe_key"] = None
        return original(**values)

    monkeypatch.setattr("agents.work.services.onboarding.create_task", failing)
    with caplog.at_level("CRITICAL", logger="agents.onboarding"):
        counts = run_onboarding(customer=loaded(customer), now=now)

    bad.refresh_from_db()
    assert counts == {"failed": 1, "converted": 1}
    assert bad.status == LeadStatus.QUALIFIED
    assert set(Task.objects.values_list("lead", flat=True)) == {good.pk}


def test_an_idle_cycle_costs_one_statement(
    now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    customer = loaded(CustomerFactory.create())

    with django_assert_num_queries(1):
        assert run_onboarding(customer=customer, now=now) == {}

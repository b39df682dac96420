"""Which leads are researched, when, and by how many workers: within a budget."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection

from accounts.models import Customer
from agents.leads.addresses import DomainAnswer
from agents.leads.services.research import MAX_ATTEMPTS, research_next
from agents.models import Lead
from agents.states import (
    LeadStatus,
    SuppressionKind,
)
from hossagent.lib.http import FetchFailed
from tests.conftest import NOON
from tests.factories import CustomerFactory
from tests.fakes.website import FakeWeb, cedar
from tests.helpers.research import add, look, put_on_the_list

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db


def test_nothing_is_asked_in_dry_run(customer: Customer, django_assert_num_queries: Any) -> None:
    add(customer, website="https://cedar.com/")
    web = cedar()

    with django_assert_num_queries(0):
        assert not look(web)

    assert web.asked == []


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize(
    ("value", "kind", "fields"),
    [
        ("ada@cedar.com", SuppressionKind.ADDRESS, {"email": "Ada@Cedar.com"}),
        ("cedar.com", SuppressionKind.DOMAIN, {"email": "ada@mail.cedar.com"}),
        ("cedar.com", SuppressionKind.DOMAIN, {"website": "https://www.cedar.com/"}),
    ],
)
def test_nobody_on_the_list_is_looked_at(
    customer: Customer, value: str, kind: SuppressionKind, fields: dict[str, Any]
) -> None:
    lead = add(customer, **fields)
    put_on_the_list(value, kind, customer)
    web = cedar()
    asked: list[str] = []

    def ask(domain: str) -> DomainAnswer:
        asked.append(domain)
        return DomainAnswer.ACCEPTS

    assert research_next(now=NOON, fetch=web, ask_domain=ask)

    lead.refresh_from_db()
    assert (web.asked, asked) == ([], [])
    assert (lead.research_result, lead.research_due_at, lead.evidence) == (
        "Not researched, because this lead is on the do-not-contact list.",
        None,
        [],
    )


@pytest.mark.usefixtures("live")
def test_another_customers_list_does_not_matter(customer: Customer) -> None:
    lead = add(customer, website="https://cedar.com/")
    put_on_the_list("cedar.com", SuppressionKind.DOMAIN, CustomerFactory.create())

    assert look(cedar())

    lead.refresh_from_db()
    assert lead.email == "front@cedar.com"


@pytest.mark.usefixtures("live")
def test_a_lead_whose_outreach_is_over_is_not_looked_at(customer: Customer) -> None:
    lead = add(customer, website="https://cedar.com/")
    Lead.objects.filter(pk=lead.pk).move(source=LeadStatus.NEW, target=LeadStatus.INVALID)
    web = cedar()

    assert look(web)

    lead.refresh_from_db()
    assert (web.asked, lead.research_due_at) == ([], None)
    assert lead.research_result == "Not researched, because outreach to this lead has ended."


@pytest.mark.usefixtures("live")
def test_attempts_are_limited(customer: Customer) -> None:
    lead = add(customer, website="https://cedar.com/")
    web = cedar(**{"https://cedar.com/robots.txt": FetchFailed("timeout", "No answer in time.")})

    tries = [look(web, days=day) for day in range(MAX_ATTEMPTS + 2)]

    lead.refresh_from_db()
    assert tries == [True] * MAX_ATTEMPTS + [False] * 2
    assert lead.research_result == "Website (timeout): No answer in time."


@pytest.mark.usefixtures("live")
def test_made_up_leads_are_not_researched(customer: Customer) -> None:
    add(customer, email="ada@cedar.example", website="https://cedar.example/")

    assert not look(cedar())


def test_a_trial_is_not_researched_while_only_email_is_live(
    configure: Callable[..., None],
) -> None:
    configure(
        EMAIL_MODE="SMTP",
        SMTP_HOST="mail.com",
        SMTP_FROM_EMAIL="a@mail.com",
        IMAP_HOST="mail.com",
        IMAP_USERNAME="a",
        IMAP_PASSWORD="secret-0123",
    )
    lead = add(CustomerFactory.create(), website="https://cedar.com/")
    web = cedar()

    assert look(web)

    lead.refresh_from_db()
    assert (web.asked, lead.research_attempts) == ([], 0)
    assert lead.research_due_at == NOON + timedelta(days=1)


@pytest.mark.usefixtures("live")
def test_a_trial_is_researched_while_the_lead_search_is_live() -> None:
    lead = add(CustomerFactory.create(), website="https://cedar.com/")

    assert look(cedar())

    lead.refresh_from_db()
    assert lead.email == "front@cedar.com"


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize(
    "status",
    [LeadStatus.BOUNCED, LeadStatus.CLOSED, LeadStatus.INVALID, LeadStatus.UNSUBSCRIBED],
)
def test_no_state_that_ends_outreach_is_looked_at(customer: Customer, status: LeadStatus) -> None:
    lead = add(customer, website="https://cedar.com/")
    Lead.objects.filter(pk=lead.pk).move(source=LeadStatus.NEW, target=status, next_action_at=None)
    web = cedar()

    assert look(web)

    lead.refresh_from_db()
    assert (web.asked, lead.research_result) == (
        [],
        "Not researched, because outreach to this lead has ended.",
    )


@pytest.mark.usefixtures("live")
def test_whoever_waits_longest_is_looked_at_first(customer: Customer) -> None:
    leads = [add(customer, email=f"ada@c{n}.com", website="") for n in range(3)]
    for lead, hours in zip(leads, (2, 3, 1), strict=True):
        Lead.objects.filter(pk=lead.pk).update(research_due_at=NOON - timedelta(hours=hours))
    asked: list[str] = []

    def ask(domain: str) -> DomainAnswer:
        asked.append(domain)
        return DomainAnswer.ACCEPTS

    while research_next(now=NOON, fetch=FakeWeb(), ask_domain=ask):
        pass

    assert asked == ["c1.com", "c0.com", "c2.com"]


@pytest.mark.usefixtures("live")
def test_nobody_else_looks_while_one_looks(customer: Customer) -> None:
    lead = add(customer, email="ada@cedar.com")
    others: list[bool] = []

    assert look(cedar(), meanwhile=lambda: others.append(look(cedar())))

    lead.refresh_from_db()
    assert (others, lead.research_attempts) == ([False], 1)


@pytest.mark.usefixtures("live")
def test_of_two_that_see_a_lead_one_takes_it(customer: Customer) -> None:
    lead = add(customer, email="ada@cedar.com")
    others: list[bool] = []

    def faster(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("UPDATE") and not others:
            others.append(True)
            others[0] = look(cedar(), meanwhile=lambda: others.append(True))
        return execute(sql, *rest)

    with connection.execute_wrapper(faster):
        assert not look(cedar(), meanwhile=lambda: others.append(True))

    lead.refresh_from_db()
    assert (others, lead.research_attempts) == ([True, True], 1)


@pytest.mark.usefixtures("live")
@pytest.mark.parametrize(
    ("code", "is_passing"),
    [
        *(
            (code, True)
            for code in (
                *("timeout", "connect", "protocol", "dns", "robots_down"),
                *("http_429", "http_503"),
            )
        ),
        *((code, False) for code in ("address", "robots", "too_large", "wrong_type", "http_404")),
    ],
)
def test_a_site_is_asked_again_another_day_when_that_may_help(
    customer: Customer, code: str, *, is_passing: bool
) -> None:
    lead = add(customer, website="https://cedar.com/")

    look(cedar(**{"https://cedar.com/": FetchFailed(code, "It failed.")}))

    lead.refresh_from_db()
    assert lead.research_due_at == (NOON + timedelta(days=1) if is_passing else None)
    assert lead.research_result == f"Website ({code}): It failed."


@pytest.mark.usefixtures("live")
def test_a_site_on_which_the_reader_breaks_is_given_up(
    customer: Customer, caplog: pytest.LogCaptureFixture
) -> None:
    strange = add(customer, website="https://cedar.com/")
    web = cedar(**{"https://cedar.com/": RuntimeError("a bug")})

    tries = [look(web, days=day) for day in range(MAX_ATTEMPTS + 2)]

    strange.refresh_from_db()
    assert tries == [True] * (MAX_ATTEMPTS + 1) + [False]
    assert web.asked.count("https://cedar.com/") == MAX_ATTEMPTS
    assert (strange.research_due_at, strange.email) == (None, "")
    assert strange.research_result == "Gave up after 3 attempts."
    assert caplog.messages.count("research failed") == MAX_ATTEMPTS

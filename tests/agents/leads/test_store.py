"""Candidates become leads: each person once, suppressed ones never, nothing lost."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from agents.leads.services.store import Candidate, RowOutcome, store_leads
from agents.models import Lead, Suppression
from agents.states import AddressCheck, LeadStatus, SuppressionKind, SuppressionReason
from hossagent.lib.signing import stable_hash
from tests.conftest import NOON
from tests.factories import CustomerFactory, LeadFactory

if TYPE_CHECKING:
    from accounts.models import Customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer() -> Customer:
    return CustomerFactory.create(subscription__complimentary=True)


def person(n: int, **changes: Any) -> Candidate:
    fields = {"company": f"Clinic {n}", "email": f"ada@clinic{n}.com", "reason": "Fits."}
    return Candidate(**{**fields, **changes})


def store(customer: Customer, *candidates: Candidate) -> list[tuple[str, int | None]]:
    result = store_leads(customer=customer, candidates=candidates, source="test", now=NOON)
    return [(row.outcome.value, row.lead_id) for row in result.rows]


def suppress(value: str, kind: SuppressionKind, customer: Customer | None = None) -> None:
    Suppression.objects.create(
        customer=customer,
        kind=kind,
        value_hash=stable_hash(value, purpose="suppression"),
        reason=SuppressionReason.OPT_OUT,
        created_at=NOON,
    )


def test_a_candidate_becomes_a_new_lead_with_its_normal_forms(customer: Customer) -> None:
    candidate = Candidate(
        company=" The Acme\tCo., Ltd. ",
        contact_name="Ada\r\nBcc: x",
        email="Ada@Mail.Acme.co.uk",
        location="Leeds, England",
        evidence=[{"text": "Acme has two offices.", "source": "https://acme.co.uk/"}],
        provenance={"row": 7},
    )

    store(customer, candidate)

    lead = Lead.objects.get()
    assert (lead.company, lead.contact_name) == ("The Acme Co., Ltd.", "Ada Bcc: x")
    assert (lead.email, lead.email_key) == ("Ada@mail.acme.co.uk", "ada@mail.acme.co.uk")
    assert (lead.company_key, lead.domain) == ("the acme", "acme.co.uk")
    assert (lead.country, lead.timezone) == ("GB", "Europe/London")
    assert (lead.status, lead.next_action_at) == (LeadStatus.NEW, NOON)
    assert (lead.source, lead.provenance, lead.is_fictional) == ("test", {"row": 7}, False)
    assert lead.evidence == [
        {
            "text": "Acme has two offices.",
            "source": "https://acme.co.uk/",
            "at": "2026-03-04T17:00:00+00:00",
        }
    ]


def test_every_row_has_its_outcome_and_the_lead_it_repeats(customer: Customer) -> None:
    old = LeadFactory.create(customer=customer, company="Old Clinic", email="grace@old.com")

    outcomes = store(
        customer,
        person(1),
        person(2, email="GRACE@old.com"),
        person(3, company="The Old Clinic, Inc.", email="other@old.com"),
        person(4, company="Old Clinic", email="someone@old.com"),
        person(5, email="not an address"),
        person(6, email="", website=""),
        person(1, email="ADA@clinic1.com"),
        person(7, company="Clinic 1", email="second@clinic1.com"),
        person(8),
    )

    one, third, eight = Lead.objects.exclude(pk=old.pk).order_by("pk").values_list("pk", flat=True)
    assert outcomes == [
        ("created", one),
        ("duplicate", old.pk),
        ("created", third),
        ("duplicate", old.pk),
        ("invalid", None),
        ("invalid", None),
        ("duplicate", one),
        ("duplicate", one),
        ("created", eight),
    ]


def test_a_row_that_repeats_a_refused_row_only_is_created(customer: Customer) -> None:
    old = LeadFactory.create(customer=customer, company="Other", email="known@a.com")

    outcomes = store(
        customer,
        Candidate(company="Fresh", email="known@a.com", reason="r"),
        Candidate(company="Fresh", email="new@a.com", reason="r"),
    )

    assert [outcome for outcome, _ in outcomes] == ["duplicate", "created"]
    assert outcomes[0][1] == old.pk


def test_storing_twice_creates_nothing_new(customer: Customer) -> None:
    people = [person(n) for n in range(30)]

    first, second = store(customer, *people), store(customer, *people)

    assert [pk for _, pk in second] == [pk for _, pk in first]
    assert {outcome for outcome, _ in second} == {"duplicate"}


def test_an_invalid_lead_does_not_block(customer: Customer) -> None:
    LeadFactory.create(
        customer=customer,
        company="Clinic 1",
        email="ada@clinic1.com",
        status=LeadStatus.INVALID,
        next_action_at=None,
    )

    ((outcome, _),) = store(customer, person(1))

    assert outcome == "created"


def test_the_same_person_may_be_a_lead_of_two_customers(customer: Customer) -> None:
    LeadFactory.create(company="Clinic 1", email="ada@clinic1.com")

    ((outcome, _),) = store(customer, person(1))

    assert outcome == "created"


def test_two_people_at_a_free_mail_host_are_two_leads(customer: Customer) -> None:
    outcomes = store(
        customer,
        person(1, company="Smith", email="a.smith@gmail.com"),
        person(2, company="Smith", email="b.smith@gmail.com"),
        person(3, company="", email="c.smith@gmail.com"),
    )

    assert [outcome for outcome, _ in outcomes] == ["created"] * 3
    assert set(Lead.objects.values_list("domain", flat=True)) == {""}


def test_suppressed_people_are_left_out(customer: Customer) -> None:
    other = CustomerFactory.create()
    suppress("ada@clinic1.com", SuppressionKind.ADDRESS)
    suppress("clinic2.com", SuppressionKind.DOMAIN, customer)
    suppress("ada@clinic3.com", SuppressionKind.ADDRESS, other)
    suppress("mail.clinic5.com", SuppressionKind.DOMAIN)

    outcomes = store(
        customer,
        person(1),
        person(2, email="x@mail.clinic2.com"),
        person(3),
        person(4),
        person(5),
        person(6, email="x@eu.mail.clinic5.com"),
    )

    assert [outcome for outcome, _ in outcomes] == [
        "suppressed",
        "suppressed",
        "created",
        "created",
        "created",
        "suppressed",
    ]


def test_a_lead_without_address_waits_for_one(customer: Customer) -> None:
    store(customer, Candidate(company="Acme", website="https://www.acme.com/about"))

    lead = Lead.objects.get()
    assert (lead.email, lead.domain, lead.next_action_at) == ("", "acme.com", None)
    assert lead.reason


def test_a_risky_address_is_stored_and_held(customer: Customer) -> None:
    store(customer, person(1, email="ada@mailinator.com"), person(2, email="info@clinic2.com"))

    held, role = Lead.objects.order_by("pk")
    assert (held.address_check, held.address_flags) == (AddressCheck.RISKY, "disposable")
    assert held.next_action_at is None
    assert (role.address_check, role.address_flags) == (AddressCheck.UNVERIFIED, "role")
    assert role.next_action_at == NOON


def test_a_trial_gets_its_twenty_leads_and_no_more() -> None:
    customer = CustomerFactory.create()
    LeadFactory.create(customer=customer, company="Clinic 3", email="ada@clinic3.com")

    outcomes = store(customer, *[person(n) for n in range(30)])

    assert [outcome for outcome, _ in outcomes] == [
        *["created"] * 3,
        "duplicate",
        *["created"] * 17,
        *["over_allowance"] * 9,
    ]
    customer.subscription.refresh_from_db()
    assert customer.subscription.leads_used == 20


def test_twins_are_named_where_the_allowance_ends() -> None:
    """A twin of a stored row names the new lead; one of a row left out is left out too."""
    customer = CustomerFactory.create(subscription__leads_used=19)
    known = LeadFactory.create(customer=customer, company="Clinic 3", email="ada@clinic3.com")

    outcomes = store(customer, person(3), person(1), person(2), person(1), person(2))

    new = Lead.objects.exclude(pk=known.pk).get()
    assert outcomes == [
        ("duplicate", known.pk),
        ("created", new.pk),
        ("over_allowance", None),
        ("duplicate", new.pk),
        ("over_allowance", None),
    ]
    customer.subscription.refresh_from_db()
    assert customer.subscription.leads_used == 20


def test_only_created_leads_use_up_the_allowance(customer: Customer) -> None:
    store(customer, person(1), person(1), person(2), person(3, email="wrong"))

    customer.subscription.refresh_from_db()
    assert customer.subscription.leads_used == 2


def test_many_rows_take_few_statements(
    customer: Customer, django_assert_max_num_queries: Any
) -> None:
    LeadFactory.create(customer=customer, company="Clinic 1", email="ada@clinic1.com")

    with django_assert_max_num_queries(40):
        store(customer, *[person(n) for n in range(400)])


def test_duplicates_are_logged_with_their_leads(
    customer: Customer, caplog: pytest.LogCaptureFixture
) -> None:
    old = LeadFactory.create(customer=customer, company="Clinic 1", email="ada@clinic1.com")
    caplog.set_level(logging.INFO)

    store(customer, person(1), person(2))

    assert [line for line in caplog.messages if "DEDUPED" in line] == [
        f"[LEADS][DEDUPED] customer_id={customer.pk} source=test count=1 lead_ids={old.pk}"
    ]


def test_odd_text_is_stored_as_text(customer: Customer) -> None:
    store(
        customer,
        person(1, company='=HYPERLINK("http://x")', contact_name='O\'Brien \\ "q" {a,b} NULL'),
        person(2, company="Zoë & Söhne ✓ \x00", reason="a,b;{c}\\"),
    )

    first, second = Lead.objects.order_by("pk")
    assert first.company == '=HYPERLINK("http://x")'
    assert first.contact_name == 'O\'Brien \\ "q" {a,b} NULL'
    assert (second.company, second.reason) == ("Zoë & Söhne ✓", "a,b;{c}\\")


def test_a_result_counts_its_outcomes(customer: Customer) -> None:
    result = store_leads(
        customer=customer,
        candidates=[person(1), person(1), person(2, email="x")],
        source="test",
        now=NOON,
    )

    assert result.counts() == {"created": 1, "duplicate": 1, "invalid": 1}
    assert result.duplicates == result.created
    assert (result.invalid, result.suppressed, result.over_allowance) == (1, 0, 0)
    assert result.count(RowOutcome.CREATED) == 1


def test_two_rows_of_nothing_but_a_website_are_one_company(customer: Customer) -> None:
    site = Candidate(website="https://www.cedar.com/", reason="r")

    first, second = store(customer, site, site)

    assert (first[0], second) == ("created", ("duplicate", first[1]))
    assert Lead.objects.values_list("company", "company_key", "domain").get() == (
        *("cedar.com", "cedar com", "cedar.com"),
    )


def test_two_rows_whose_name_leaves_no_key_are_one_company(
    customer: Customer,
) -> None:
    site = Candidate(company="Co. Ltd", website="https://www.cedar.com/", reason="r")

    first, second = store(customer, site, site)

    assert (first[0], second) == ("created", ("duplicate", first[1]))
    assert store(customer, site) == [("duplicate", first[1])]
    assert Lead.objects.count() == 1

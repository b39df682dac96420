"""A candidate's columns: normal forms, limits, and what is told of its place."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import CharField

from agents.leads.providers import Candidate
from agents.leads.services.prepare import COLUMNS, LeadRow, NotALead, prepare
from agents.models import Lead
from tests.conftest import NOON


def row(**given: Any) -> LeadRow:
    return prepare(Candidate(**given), default_reason="No reason.", now=NOON)


def test_a_wrong_address_is_refused_despite_a_website() -> None:
    with pytest.raises(NotALead, match="'ada@' is not an email address"):
        row(company="Acme", email="ada@", website="https://acme.com/")


@pytest.mark.parametrize(
    "website", ["", "acme", "https://www.gmail.com/", "a b.com", "x.com " * 60, f"{'x' * 260}.com"]
)
def test_without_an_address_there_must_be_an_own_website(website: str) -> None:
    with pytest.raises(NotALead, match="no email address and no website"):
        row(company="Acme", website=website)


@pytest.mark.parametrize(
    ("given", "company", "company_key", "domain"),
    [
        ({"email": "ada@acme.com", "company": "Acme"}, "Acme", "acme", "acme.com"),
        # Two people of a company that nobody named are two leads.
        ({"email": "ada@acme.com"}, "acme.com", "", "acme.com"),
        ({"email": "ada@gmail.com", "contact_name": "Ada"}, "Ada", "", ""),
        ({"email": "ada@gmail.com"}, "ada@gmail.com", "", ""),
        ({"email": "ada@gmail.com", "website": "www.acme.com"}, "acme.com", "", "acme.com"),
        ({"email": "ada@kunden.web.de", "company": "Acme"}, "Acme", "acme", ""),
        ({"email": "ada@acme.com", "website": "b.com"}, "acme.com", "", "acme.com"),
        ({"website": "http://acme.co.uk/x"}, "acme.co.uk", "acme uk", "acme.co.uk"),
        # Of such a name nothing is left as a key, and without an address there must be one.
        ({"website": "x.com", "company": "Co. Ltd"}, "Co. Ltd", "x.com", "x.com"),
        ({"website": "ag.co"}, "ag.co", "ag.co", "ag.co"),
        ({"email": "ada@x.com", "company": "Co. Ltd"}, "Co. Ltd", "", "x.com"),
    ],
)
def test_the_company_is_told_by_its_name_or_its_own_domain(
    given: dict[str, Any], company: str, company_key: str, domain: str
) -> None:
    made = row(**given)

    assert (made.company, made.company_key, made.domain) == (company, company_key, domain)


@pytest.mark.parametrize(
    ("given", "country", "timezone"),
    [
        ({"country": "Germany", "timezone": "Europe/Paris"}, "DE", "Europe/Paris"),
        ({"country": "Germany"}, "DE", "Europe/Berlin"),
        ({"country": "Atlantis", "location": "Austin, Texas"}, "US", "America/Chicago"),
        ({"location": "Austin, Texas", "timezone": " Mars/Base "}, "US", "America/Chicago"),
        ({"location": "Austin, Texas", "timezone": "Asia/Tokyo"}, "US", "Asia/Tokyo"),
        # The zone of a town elsewhere is not the company's.
        ({"country": "Japan", "location": "Berlin, Germany"}, "JP", ""),
        ({"country": "DE", "location": "London"}, "DE", "Europe/Berlin"),
        ({"country": "US", "location": "Nowhere"}, "US", ""),
        ({"location": "Nowhere"}, "", ""),
    ],
)
def test_country_and_zone_are_told_only_when_they_agree(
    given: dict[str, Any], country: str, timezone: str
) -> None:
    made = row(email="ada@acme.com", **given)

    assert (made.country, made.timezone) == (country, timezone)


@pytest.mark.parametrize(
    ("given", "is_due", "is_researched", "is_fictional"),
    [
        ({"email": "ada@acme.com"}, True, True, False),
        ({"email": "noreply@acme.com"}, False, True, False),
        ({"email": "ada@mailinator.com"}, False, True, False),
        ({"website": "acme.com"}, False, True, False),
        ({"email": "Ada@Acme.example"}, True, False, True),
        ({"email": "ada@acme.test"}, True, False, True),
        ({"website": "https://acme.example/"}, False, False, False),
    ],
)
def test_who_is_due_for_outreach_and_for_research(
    given: dict[str, Any], *, is_due: bool, is_researched: bool, is_fictional: bool
) -> None:
    made = row(**given)

    assert made.next_action_at == (NOON if is_due else None)
    assert made.research_due_at == (NOON if is_researched else None)
    assert made.is_fictional is is_fictional


def test_no_text_is_longer_than_its_column() -> None:
    texts = dict.fromkeys(("contact_name", "contact_title", "phone", "location"), "x" * 5_000)
    address = f"{'a' * 64}@{'b' * 60}.com"
    made = row(
        **texts,
        company="\ufb03" * 5_000,
        email=address,
        website=f"b.com/{'y' * 5_000}",
        reason="z" * 5_000,
    )

    lengths = {name: len(getattr(made, name)) for name in (*texts, "company", "website", "reason")}
    assert lengths == {
        "contact_name": 120,
        "contact_title": 120,
        "phone": 40,
        "location": 200,
        "company": 200,
        "website": 300,
        "reason": 1_000,
    }
    for column in COLUMNS:
        # The key's normal form is longer than the name: one letter of it becomes three.
        model_field = Lead._meta.get_field(column)
        if isinstance(model_field, CharField):
            assert len(getattr(made, column)) <= (model_field.max_length or 0)


def test_every_text_is_one_line_that_a_database_takes() -> None:
    odd = "a\x00b\r\nBcc: c\ud800"
    names = ("company", "contact_name", "contact_title", "phone", "location", "reason")
    fact = {"text": odd, "source": odd, "at": odd}
    made = row(
        **dict.fromkeys(names, odd),
        website=f"acme.com/{odd}",
        email="ada@acme.com",
        evidence=[fact],
        provenance={"id": odd, "row": 7},
    )

    assert {getattr(made, name) for name in names} == {"a b Bcc: c"}
    assert made.website == "acme.com/a b Bcc: c"
    assert made.provenance == {"id": "a b Bcc: c", "row": 7}
    assert made.evidence == [{"text": "a b Bcc: c", "source": "a b Bcc: c", "at": "a b Bcc: c"}]


def test_evidence_is_dated_and_bounded() -> None:
    facts = [{"text": " "}, {"source": "x"}, {"text": "y" * 900}, {"text": "Dated.", "at": "2020"}]
    made = row(email="ada@acme.com", evidence=[*facts, *[{"text": "More."}] * 30])

    assert made.evidence[:2] == [
        {"text": "y" * 500, "source": "", "at": NOON.isoformat()},
        {"text": "Dated.", "source": "", "at": "2020"},
    ]
    assert len(made.evidence) == 20 - 2


def test_the_key_is_in_lower_case_and_the_spelling_stays() -> None:
    made = row(email="Ada.Byron@Acme.COM")

    assert (made.email, made.email_key) == ("Ada.Byron@acme.com", "ada.byron@acme.com")
    assert made.reason == "No reason."

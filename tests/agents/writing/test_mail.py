"""Outreach copy from templates: short, honest, complete, the same every time."""

from __future__ import annotations

import re
from typing import Any

import pytest

from agents.writing.errors import UnresolvedPlaceholder
from agents.writing.lint import lint_copy
from agents.writing.selectors.briefs import Fact, LeadFacts, MessageBrief, SenderFacts
from agents.writing.services import get_writer
from hossagent.lib.text import Untrusted

ADDRESS = "Bright Agency\n1 Main Street, Austin, TX 78701"
LINK = "https://app.hossagent.example/u/0123456789abcdef0123456789abcdef/"


def make_brief(step: int = 0, *, sender: Any = None, **lead: Any) -> MessageBrief:
    facts: dict[str, Any] = {
        "lead_id": 7,
        "company": "Northgate Dental",
        "contact_name": "Dr. Grace Hopper",
        "contact_title": "Practice owner",
        "location": "Austin, Texas",
        "website": "https://northgate.example",
        "reason": "A dental clinic in Austin.",
        "evidence": (
            Fact(Untrusted("Northgate Dental runs two offices and takes bookings by phone")),
            Fact(Untrusted("It has been open since 1998.")),
        ),
        **lead,
    }
    return MessageBrief(
        lead=LeadFacts(**facts),
        sender=SenderFacts(
            **{
                "customer_id": 1,
                "company": "Bright Agency",
                "niche": "Dental clinics",
                "geography": "Austin, Texas",
                "offer": "Online booking that fills the gaps in the calendar",
                "ideal_customer": "",
                "tone": "",
                "sender_name": "Ada Byron",
                "postal_address": ADDRESS,
                **(sender or {}),
            }
        ),
        step=step,
        opt_out_url=LINK,
    )


@pytest.mark.parametrize("step", [0, 1, 2])
@pytest.mark.parametrize("lead_id", range(12))
def test_every_variant_passes_the_lint_and_is_short(lead_id: int, step: int) -> None:
    copy = get_writer().write_message(make_brief(step, lead_id=lead_id))

    findings = lint_copy(
        copy.subject, copy.body, step=step, postal_address=ADDRESS, opt_out_url=LINK
    )
    assert findings == []
    assert len(copy.body.split()) <= 120
    assert copy.body.count("?") == 1
    assert max(len(line) for line in copy.body.splitlines() if "https://" not in line) <= 78


def test_the_same_lead_is_worded_the_same_way_twice() -> None:
    assert get_writer().write_message(make_brief()) == get_writer().write_message(make_brief())


def test_a_follow_up_carries_the_openers_subject() -> None:
    opener = get_writer().write_message(make_brief())
    follow_up = get_writer().write_message(make_brief(1))

    assert not opener.subject.lower().startswith("re:")
    assert follow_up.subject == f"Re: {opener.subject}"


@pytest.mark.parametrize(
    ("fact", "values"),
    [
        ("postal address", {"sender": {"postal_address": " \n"}}),
        ("sender name", {"sender": {"sender_name": ""}}),
        ("lead company", {"company": "\u200b"}),
        ("{{company}}", {"company": "{{company}}"}),
        ("[First Name]", {"contact_name": "", "evidence": (Fact(Untrusted("Hi [First Name]")),)}),
    ],
)
def test_a_missing_fact_blocks_and_names_the_lead(fact: str, values: dict[str, Any]) -> None:
    with pytest.raises(UnresolvedPlaceholder) as caught:
        get_writer().write_message(make_brief(**values))

    assert (caught.value.fact, caught.value.lead_id) == (fact, 7)


def test_scraped_line_breaks_never_reach_the_subject() -> None:
    copy = get_writer().write_message(make_brief(company="Acme\r\nBcc: everyone@x.test"))

    assert not re.search(r"[\r\n]", copy.subject)
    assert "\r" not in copy.body
    assert not any(line.startswith("Bcc:") for line in copy.body.splitlines())


@pytest.mark.parametrize(
    ("stored", "greeting"),
    [
        ("Dr. Grace Hopper", "Hi Dr. Hopper,"),
        ("GRACE HOPPER", "Hi Grace,"),
        ("Grace", "Hi Grace,"),
        ("Jean-Luc O'Neill", "Hi Jean-Luc,"),
        ("info@northgate.example", "Hello,"),
        ("Front desk team of Northgate Dental", "Hello,"),
        ("", "Hello,"),
    ],
)
def test_people_are_greeted_by_name_only_when_it_is_one(stored: str, greeting: str) -> None:
    copy = get_writer().write_message(make_brief(contact_name=stored))

    assert copy.body.splitlines()[0] == greeting


@pytest.mark.parametrize(
    ("code", "subject", "body", "step"),
    [
        ("too_long", "Hello", "word " * 201, 0),
        ("subject_too_long", "x" * 61, "Short.", 0),
        ("too_many_links", "Hello", "https://a.test https://b.test https://c.test", 0),
        ("shouting", "READ THIS NOW", "Short.", 0),
        ("shouting", "Hello", "Buy it!!", 0),
        ("bulk_phrases", "Act now", "A limited time offer.", 0),
        ("no_opt_out", "Hello", "Short.", 0),
        ("no_postal_address", "Hello", "Short.", 0),
        ("placeholder_left", "Hello {{first_name}}", "Short.", 0),
        ("placeholder_left", "Hello", "Hi [Name],", 0),
        ("false_reply", "Re: our call", "Short.", 0),
        ("header_injection", "Hello\nBcc: x@y.test", "Short.", 0),
        ("line_too_long", "Hello", "x" * 999, 0),
        ("empty_subject", " ", "Short.", 0),
        ("empty_body", "Hello", "\n", 0),
    ],
)
def test_the_lint_finds_each_fault(code: str, subject: str, body: str, step: int) -> None:
    findings = lint_copy(subject, body, step=step, postal_address=ADDRESS, opt_out_url=LINK)

    assert code in [finding.code for finding in findings]


def test_a_reply_prefix_is_right_on_a_follow_up() -> None:
    copy = get_writer().write_message(make_brief(1))

    assert [f.code for f in lint_copy(copy.subject, copy.body, step=1)] == []

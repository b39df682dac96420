"""Outreach copy from templates: short, honest, complete, the same every time."""

from __future__ import annotations

import re
from typing import Any

import pytest

from agents.writing.errors import UnresolvedPlaceholder
from agents.writing.lint import lint_copy
from agents.writing.selectors.briefs import Fact
from agents.writing.services import get_writer
from hossagent.lib.text import Untrusted
from tests.helpers.briefs import ADDRESS, LINK, make_mail_brief


@pytest.mark.parametrize("step", [0, 1, 2])
@pytest.mark.parametrize("lead_id", range(12))
def test_mail_of_every_variant_passes_the_lint_and_is_short(lead_id: int, step: int) -> None:
    copy = get_writer().write_message(make_mail_brief(step, lead_id=lead_id))

    findings = lint_copy(
        copy.subject, copy.body, step=step, postal_address=ADDRESS, opt_out_url=LINK
    )
    assert findings == []
    assert len(copy.body.split()) <= 120
    assert copy.body.count("?") == 1
    assert max(len(line) for line in copy.body.splitlines() if "https://" not in line) <= 78


def test_mail_to_the_same_lead_is_worded_the_same_twice() -> None:
    assert get_writer().write_message(make_mail_brief()) == get_writer().write_message(
        make_mail_brief()
    )


def test_follow_up_carries_the_openers_subject() -> None:
    opener = get_writer().write_message(make_mail_brief())
    follow_up = get_writer().write_message(make_mail_brief(1))

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
def test_missing_fact_blocks_and_names_the_lead(fact: str, values: dict[str, Any]) -> None:
    with pytest.raises(UnresolvedPlaceholder) as caught:
        get_writer().write_message(make_mail_brief(**values))

    assert (caught.value.fact, caught.value.lead_id) == (fact, 7)


def test_line_breaks_in_a_name_never_reach_the_subject() -> None:
    copy = get_writer().write_message(make_mail_brief(company="Acme\r\nBcc: everyone@x.test"))

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
def test_greeting_names_a_person_only_by_a_name(stored: str, greeting: str) -> None:
    copy = get_writer().write_message(make_mail_brief(contact_name=stored))

    assert copy.body.splitlines()[0] == greeting

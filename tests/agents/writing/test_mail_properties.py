"""Whatever a lead is called, a mail is whole, on short lines, and holds no hole."""

from __future__ import annotations

import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from agents.writing.errors import UnresolvedPlaceholder
from agents.writing.lint import find_placeholder, lint_copy
from agents.writing.selectors.briefs import Fact
from agents.writing.services import Copy, get_writer
from agents.writing.text import escape_markdown
from hossagent.lib.markdown import to_html
from hossagent.lib.text import Untrusted
from tests.helpers.briefs import ADDRESS, LINK, make_mail_brief

# Anything a page or a spreadsheet can hold, with what breaks mail made likelier.
nasty = st.one_of(
    st.text(max_size=120),
    st.text(alphabet="{}[]<>%$()_ nameNAMEfirstcompany", max_size=40),
    st.sampled_from(
        [
            "\r\nBcc: all@x.test",
            "{{first_name}}",
            "[First Name]",
            "\u202eevil",
            "\x00",
            "\ud800",
            "a" * 500,
            "\u00df\u4e2d\u6587\U0001f600",
            "Re: hello",
            "Dr.",
            "O'Brien, PhD",
            "%s%(x)s",
            "-- \nsignature",
        ]
    ),
)


@settings(max_examples=150, deadline=None)
@given(
    company=nasty,
    name=nasty,
    fact=nasty,
    offer=nasty,
    niche=nasty,
    place=nasty,
    step=st.integers(0, 2),
    lead_id=st.integers(1, 50),
)
@example("Acme", "{{name}}", "x", "y", "z", "p", 0, 1)
@example("Re: Acme", "Ada", "f", "Re: hello", "z", "p", 0, 1)
@example("Re: Acme", "Ada", "f", "Fwd: hello", "z", "p", 0, 6)
@example("Re: Acme", "Ada", "f", "Fwd: hello", "z", "p", 0, 2)
@example("0", "", "Bcc:0", "", "0", "a" * 500, 0, 1)
@example("A\ud800B", "Ada", "It says [Your Company] there.", "", "dentists", "", 1, 2)
def test_mail_to_any_lead_is_clean_or_names_the_lead(  # given() fills them by name
    company: str, name: str, fact: str, offer: str, niche: str, place: str, step: int, lead_id: int
) -> None:
    brief = make_mail_brief(
        step,
        sender={"offer": offer, "niche": niche, "geography": place},
        lead_id=lead_id,
        company=company,
        contact_name=name,
        evidence=(Fact(Untrusted(fact)),),
    )
    copy = Copy("", "", "")
    missing: UnresolvedPlaceholder | None = None
    try:
        copy = get_writer().write_message(brief)
    except UnresolvedPlaceholder as error:
        missing = error
    if missing is not None:
        assert missing.lead_id == lead_id
        return

    blocking = {
        "empty_subject",
        "empty_body",
        "header_injection",
        "subject_too_long",
        "line_too_long",
        "placeholder_left",
        "no_postal_address",
        "no_opt_out",
        "too_long",
        "false_reply",
    }
    found = lint_copy(copy.subject, copy.body, step=step, postal_address=ADDRESS, opt_out_url=LINK)
    assert {finding.code for finding in found} & blocking == set()
    assert find_placeholder(copy.body) == ""
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", copy.subject + copy.body)
    # A signature's delimiter would hide all that follows it, the opt-out included. Other
    # words may begin a line: the body stands after the headers.
    assert "-- " not in copy.body.splitlines()
    assert "\n" not in copy.subject
    copy.body.encode("utf-8")
    copy.subject.encode("utf-8")


@settings(max_examples=150, deadline=None)
@given(text=nasty)
@example("1. one")
@example("# head")
@example("&lt;b&gt;")
@example("    code")
def test_document_shows_any_text_as_itself(text: str) -> None:
    html = to_html(f"- {escape_markdown(text)}\n")

    assert set(re.findall(r"</?([a-z0-9]+)", html)) <= {"ul", "li"}

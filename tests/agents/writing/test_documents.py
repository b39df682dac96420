"""Documents: real ones from stored facts, and safe whatever the facts hold."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from agents.states import HUMAN_REPLIES, ReplyLabel
from agents.task_types import TASK_TYPES
from agents.writing.lint import find_placeholder
from agents.writing.llm.opinion import OpinionAnswer
from agents.writing.selectors.briefs import Fact, SenderFacts
from agents.writing.selectors.pipeline_facts import PipelineFacts
from agents.writing.services import get_writer
from agents.writing.templates.documents import prospect_brief, reply_draft
from agents.writing.templates.documents.parts import LABEL_WORDS, source_name
from hossagent.lib.markdown import to_html
from hossagent.lib.text import Untrusted
from tests.helpers.briefs import make_lead, make_task_brief

EVIL = Untrusted("<script>alert(1)</script> [x](javascript:y) **bold** | cell\n# head `code`")
WANTED = {
    "ideal_customer_profile": ["dental clinics in Austin, Texas", "Practice owner | 3 | 75%"],
    "market_snapshot": ["| Found | 4 |", "| Northgate Dental | Grace Hopper, Practice owner |"],
    "outreach_playbook": [
        "Subject: ",
        "Hi Grace,",
        "09:00 to 17:00 on Monday",
        "at most 2 follow-ups, with 3 and 5 days in between",
    ],
    "prospect_brief": ["takes calls only.", "its own site", "> Northgate Dental? What does it"],
    "meeting_agenda": ["Meeting agenda: Northgate Dental and Bright Agency", "| 26 to 30 |"],
    "proposal_outline": [
        "Proposal outline: Bright Agency for Northgate",
        "prices are not stored here.",
    ],
    "reply_draft": [
        "    Hi Grace,",
        'You asked: "What does it cost?"',
        "Nothing is sent automatically.",
    ],
    "weekly_report": ["| Emails sent | 3 | 5 | -2 |", "**Northgate Dental** (February 25)"],
}


def test_every_label_of_a_person_has_its_words() -> None:
    """Documents fall back on the words for an interested reply where one is forgotten."""
    human = set(HUMAN_REPLIES)

    assert set(LABEL_WORDS) == set(ReplyLabel)
    assert set(reply_draft._ANSWERS) == set(reply_draft._BEFORE_SENDING) == human
    assert set(prospect_brief._STANCE) == human
    assert human <= set(get_args(OpinionAnswer.model_fields["label"].annotation))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("by_hand", "Manual entry"),
        ("csv_import", "An import"),
        ("DUMMY_SEED", "The fictional lead source"),
        ("trade_fair", "Trade fair"),
    ],
)
def test_source_of_leads_has_one_name(source: str, words: str) -> None:
    assert source_name(source) == words


@pytest.mark.parametrize("kind", TASK_TYPES)
def test_document_holds_its_facts_and_says_who_wrote_it(kind: str) -> None:
    document = get_writer().write_deliverable(make_task_brief(kind))

    assert [words for words in WANTED[kind] if words not in document.markdown] == []
    assert document.written_by == "templates"
    assert "Written by templates" in document.markdown
    assert find_placeholder(document.markdown) == ""
    assert len(document.markdown.split()) > 100


@pytest.mark.parametrize("kind", TASK_TYPES)
def test_document_shows_hostile_facts_as_text(kind: str) -> None:
    lead = make_lead(
        company=EVIL,
        contact_name=EVIL,
        contact_title=EVIL,
        location=EVIL,
        website=EVIL,
        reason=EVIL,
        evidence=(Fact(EVIL, EVIL),),
    )
    document = get_writer().write_deliverable(make_task_brief(kind, lead)).markdown

    html = to_html(document)
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "<a " not in html
    assert "<strong>bold</strong>" not in html
    assert "<h1>head" not in html
    assert document.count("\n# ") == 0


def test_document_of_an_empty_account_says_what_is_missing() -> None:
    for kind in ("ideal_customer_profile", "market_snapshot", "outreach_playbook"):
        brief = make_task_brief(kind)
        nothing = PipelineFacts(0, 0, 0, 0, 0, 0, 0, 0, (), (), ())
        empty = replace(
            brief,
            pipeline=nothing,
            sender=SenderFacts(1, "New Agency", "", "", "", "", "", "", ""),
        )

        text = get_writer().write_deliverable(empty).markdown

        assert "None" not in text.replace("None stored yet.", "")
        assert ("There are no leads yet" in text) == (kind == "market_snapshot")
        assert ("Describe what you sell in Settings" in text) == (kind != "market_snapshot")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<b>x</b>", "&lt;b&gt;x&lt;/b&gt;"),
        ("[a](javascript:alert(1))", '<a rel="noopener noreferrer nofollow">a</a>'),
        (
            "[a](https://a.test/)",
            '<a href="https://a.test/" rel="noopener noreferrer nofollow">a</a>',
        ),
        ("![x](https://a.test/x.png)", ""),
        ("<style>p{}</style>", ""),
    ],
)
def test_rendering_keeps_text_and_drops_what_acts(text: str, shown: str) -> None:
    html = to_html(f"before {text} after")

    if text.startswith("<b>"):
        assert "<b>" not in html
    else:
        assert shown in html
    assert "<img" not in html
    assert "javascript" not in html
    assert "<style" not in html


def test_rendering_moves_headings_below_the_pages_title() -> None:
    assert to_html("# A\n\n## B", level=2) == "<h2>A</h2>\n<h3>B</h3>"

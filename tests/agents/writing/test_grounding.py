"""Nothing nameable or countable comes out of thin air."""

from __future__ import annotations

import pytest

from agents.writing.grounding import collect_evidence, find_ungrounded

EVIDENCE = collect_evidence(
    [
        "Northgate Dental",
        "Grace Hopper",
        "Austin, Texas",
        "Northgate Dental runs 2 offices and has been open since 1998.",
        "Online booking for clinics; set up in 10 days, from $1,200.",
        'Their site says "we answer every call ourselves".',
    ]
)


@pytest.mark.parametrize(
    "text",
    [
        "Northgate Dental runs 2 offices.",
        "Since 1998 that is a long time, Grace.",
        "Northgate's two offices take calls.",
        "It is set up in 10 days, from $1,200.",
        "Your site says \u201cwe answer every call ourselves\u201d.",
        "Would a call on Tuesday suit you?",
        "I'd like to show you how online booking works in Austin.",
        "This may save two or three calls an hour.",
        "When the phone rings, somebody answers.",
    ],
)
def test_text_of_stored_facts_is_grounded(text: str) -> None:
    assert find_ungrounded(text, EVIDENCE) == []


@pytest.mark.parametrize(
    ("text", "strange"),
    [
        ("Northgate Dental runs 3 offices.", "number 3"),
        ("It costs $900.", "number $900"),
        ("You lose 40% of callers.", "number 40"),
        ("Hundreds of clinics use it.", "number Hundreds"),
        ("Bookings doubled there.", "number doubled"),
        ("I spoke to Lakeside Smiles last week.", "name Lakeside"),
        ("Salesforce works with it.", "name Salesforce"),
        ("It runs on HubSpot.", "name HubSpot"),
        ("we use hubSpot", "name hubSpot"),
        ("Your site says \u201cwe are the best\u201d.", "quote we are the best"),
        ("See www.northgate.example for more.", "address www."),
        ("Write to sales@bright.example.", "address sales@bright.example"),
        ("Our clients love it.", "claim our clients"),
        ("It is a proven way.", "claim proven"),
        ("As discussed, here are the details.", "claim as discussed"),
        ("In Dallas this works well.", "name Dallas"),
        ("They opened in March.", "name March"),
    ],
)
def test_text_that_is_not_stored_is_found(text: str, strange: str) -> None:
    assert strange in find_ungrounded(text, EVIDENCE)

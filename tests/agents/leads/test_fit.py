"""One written sentence per candidate: why it fits, or why not."""

from __future__ import annotations

from typing import Any

import pytest

from agents.leads.fit import Fit, assess_fit
from agents.leads.providers import Candidate

AUSTIN = "Austin, Texas"


def judged(
    *, niche: str = "dental clinics", geography: str = AUSTIN, **fields: Any
) -> tuple[bool, str]:
    candidate = Candidate(**{"company": "Acme", "email": "a@acme.com", **fields})
    fit = assess_fit(candidate, niche=niche, geography=geography)
    assert isinstance(fit, Fit)
    return fit.is_accepted, fit.reason


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"email": " "}, "Acme has no email address and no website."),
        (
            {"company": "", "contact_name": "Ada", "email": ""},
            "Ada has no email address and no website.",
        ),
        ({"company": "", "email": ""}, "It has no email address and no website."),
        ({"country": "Germany"}, "Acme is in Germany, which is outside Austin, Texas."),
        ({"country": "de"}, "Acme is in Germany, which is outside Austin, Texas."),
        ({"location": "Berlin, Germany"}, "Acme is in Germany, which is outside Austin, Texas."),
        # The country it names counts, not the town, and not what its reason says.
        (
            {"country": "Canada", "location": AUSTIN, "reason": "It is in Austin."},
            "Acme is in Canada, which is outside Austin, Texas.",
        ),
        (
            {"company": "", "country": "Germany"},
            "a@acme.com is in Germany, which is outside Austin, Texas.",
        ),
        (
            {"country": "Canada", "geography": "DACH"},
            "Acme is in Canada, which is outside DACH.",
        ),
    ],
)
def test_who_cannot_be_reached_or_is_elsewhere_is_rejected(
    fields: dict[str, Any], reason: str
) -> None:
    assert judged(**fields) == (False, reason)


SEARCHED = "was found in the search for"
NO_MORE = ". No further evidence was given."


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"reason": " Takes new\npatients. "}, "Takes new patients."),
        ({"reason": "x" * 2_000}, "x" * 1_000),
        (
            {"location": AUSTIN, "evidence": [{"text": " "}, {"text": "It has two chairs."}]},
            f"Acme in Austin, Texas {SEARCHED} dental clinics in Austin, Texas: It has two chairs.",
        ),
        (
            {"location": AUSTIN},
            f"Acme in Austin, Texas {SEARCHED} dental clinics in Austin, Texas{NO_MORE}",
        ),
        # Of unknown place: no country known, a town of several countries, no such geography.
        (
            {},
            f"Acme (place not given) {SEARCHED} dental clinics in Austin, Texas{NO_MORE}",
        ),
        (
            {"location": "London"},
            f"Acme in London {SEARCHED} dental clinics in Austin, Texas{NO_MORE}",
        ),
        (
            {"country": "Germany", "geography": "Atlantis"},
            f"Acme (place not given) {SEARCHED} dental clinics in Atlantis{NO_MORE}",
        ),
        (
            {"niche": " ", "geography": ""},
            f"Acme (place not given) {SEARCHED} this customer{NO_MORE}",
        ),
        (
            {"email": "", "website": "acme.com", "country": "US", "geography": "Texas"},
            f"Acme (place not given) {SEARCHED} dental clinics in Texas{NO_MORE}",
        ),
    ],
)
def test_everybody_else_is_accepted_with_a_reason(fields: dict[str, Any], reason: str) -> None:
    assert judged(**fields) == (True, reason)

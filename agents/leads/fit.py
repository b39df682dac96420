"""Why a candidate fits a customer's niche and geography, or why not: one sentence. Pure.

There is no score: a number that nobody has calibrated would only look like knowledge. What
can be told is whether the place contradicts the search, and what the evidence says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.leads.places import COUNTRY_NAMES, cities_in, country_code
from hossagent.lib.text import single_line

if TYPE_CHECKING:
    from agents.leads.providers.base import Candidate


@dataclass(frozen=True, slots=True)
class Fit:
    is_accepted: bool
    reason: str


def assess_fit(candidate: Candidate, *, niche: str, geography: str) -> Fit:
    """Accept or reject, with the sentence to store.

    A candidate is rejected when nobody could be reached at all, or when its country is known
    and outside the geography. One of unknown place is accepted, and the sentence says so.
    """
    name = single_line(candidate.company or candidate.contact_name or candidate.email, 120)
    if not candidate.email.strip() and not candidate.website.strip():
        return Fit(is_accepted=False, reason=f"{name or 'It'} has no email address and no website.")
    searched = {city.country for city in cities_in(geography)}
    country = _country(candidate)
    if searched and country and country not in searched:
        where = COUNTRY_NAMES.get(country, country)
        return Fit(is_accepted=False, reason=f"{name} is in {where}, which is outside {geography}.")
    given = single_line(candidate.reason, 1_000)
    return Fit(is_accepted=True, reason=given or _sentence(candidate, name, niche, geography))


def _country(candidate: Candidate) -> str:
    code = country_code(candidate.country)
    if code:
        return code
    countries = {city.country for city in cities_in(candidate.location)}
    return countries.pop() if len(countries) == 1 else ""


def _sentence(candidate: Candidate, name: str, niche: str, geography: str) -> str:
    facts = [single_line(str(fact.get("text", "")), 200).rstrip(".") for fact in candidate.evidence]
    fact = next((text for text in facts if text), "")
    place = single_line(candidate.location, 100)
    where = f"{name} in {place}" if place else f"{name} (place not given)"
    wanted = " in ".join(part for part in (niche.strip(), geography.strip()) if part)
    found = f"{where} was found in the search for {wanted or 'this customer'}"
    return f"{found}: {fact}." if fact else f"{found}. No further evidence was given."

"""Fictional leads on `.example` domains: plausible, repeatable, and beyond any mail's reach.

The n-th lead of a niche and geography is always the same one. The names are gone through
in a scrambled order, so neighbors differ, and no two numbers give the same company.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Final, TypeVar

from agents.leads.data import read_data
from agents.leads.places import City, cities_in
from agents.leads.providers.base import Candidate, Found
from agents.leads.providers.trades import Trade, trade_for

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAMES: Final[dict[str, list[str]]] = read_data("made_up_names")
_FIRST_WORDS, _SECOND_WORDS = _NAMES["first_words"], _NAMES["second_words"]
_GIVEN_NAMES, _FAMILY_NAMES = _NAMES["given_names"], _NAMES["family_names"]
_T = TypeVar("_T")
_NOT_IN_A_DOMAIN = re.compile(r"[^a-z0-9]+")
# A prime larger than any word list, so it shares no factor with the number of companies.
_STEP = 7_368_787


class DummySeed:
    """Finds as many fictional leads as wanted. `seed` keeps two customers' leads apart."""

    name = "DUMMY_SEED"

    def __init__(self, *, seed: str = "") -> None:
        self._seed = seed

    def find(self, *, niche: str, geography: str, wanted: int, cursor: str) -> Found:
        """`wanted` leads from number `cursor` on, until the names are used up."""
        trade, cities = trade_for(niche), cities_in(geography)
        count = len(_FIRST_WORDS) * len(_SECOND_WORDS) * len(trade.nouns)
        start = int(cursor) if cursor.isdecimal() else 0
        end = min(start + max(wanted, 0), count)
        shift = _number(f"{self._seed}|{niche}|{geography}") % count
        candidates = [
            _candidate((number * _STEP + shift) % count, trade, cities, niche, geography)
            for number in range(start, end)
        ]
        return Found(candidates, str(end) if end < count else None)


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])


def _candidate(
    index: int, trade: Trade, cities: Sequence[City], niche: str, geography: str
) -> Candidate:
    rest, first = divmod(index, len(_FIRST_WORDS))
    noun, second = divmod(rest, len(_SECOND_WORDS))
    company = f"{_FIRST_WORDS[first]} {_SECOND_WORDS[second]} {trade.nouns[noun]}"
    # Everything else is drawn from the name, so that it stays with the company.
    draw = _number(f"{company}|{geography}")
    given, draw = _pick(_GIVEN_NAMES, draw)
    family, draw = _pick(_FAMILY_NAMES, draw)
    title, draw = _pick(trade.titles, draw)
    signal, draw = _pick(trade.signals, draw)
    host = _NOT_IN_A_DOMAIN.sub("-", company.lower().replace("&", "and")).strip("-") + ".example"
    city = cities[draw % len(cities)] if cities else None
    place = city.label if city else geography.strip()
    fits = _fit(niche, geography)
    kind = f"{'an' if trade.kind[0] in 'aeiou' else 'a'} {trade.kind}"
    if place:
        kind = f"{kind} in {place}"
    return Candidate(
        company=company,
        contact_name=f"{given} {family}",
        contact_title=title,
        email=f"{given}.{family}@{host}".lower(),
        website=f"https://www.{host}/",
        phone=f"+1 555 01{draw % 100:02d}",
        location=place,
        country=city.country if city else "",
        timezone=city.timezone if city else "",
        reason=f"{company} is {kind} that {signal.text}{fits}.",
        evidence=(
            {"text": f"{company} is {kind}.", "source": f"https://www.{host}/"},
            {"text": f"{company} {signal.text}.", "source": f"https://www.{host}/{signal.page}"},
        ),
        provenance={"provider": DummySeed.name, "number": index, "fictional": True},
    )


def _fit(niche: str, geography: str) -> str:
    wanted = " in ".join(part.strip() for part in (niche, geography) if part.strip())
    return f", which fits the search for {wanted}" if wanted else ""


def _pick(choices: Sequence[_T], draw: int) -> tuple[_T, int]:
    rest, index = divmod(draw, len(choices))
    return choices[index], rest

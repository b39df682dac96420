"""Made-up leads on `.example` domains: plausible, repeatable, and beyond any mail's reach.

The n-th lead of a niche and geography is always the same one. Names are counted through
in a scrambled order, so that neighbors differ, and no two numbers give the same company.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, TypeVar

from agents.leads.providers.base import Candidate, Found
from agents.leads.providers.places import City, cities_in
from agents.leads.providers.trades import Trade, trade_for
from hossagent.lib.text import split_words

if TYPE_CHECKING:
    from collections.abc import Sequence

_FIRST_WORDS = split_words(
    "Alder Amber Anchor Arbor Ashford Aspen Barton Bayside Beacon Bell Birch Blackwood "
    "Bluestone Bradley Bramble Bridge Brook Calder Canyon Cardinal Cedar Chandler "
    "Chestnut Clearwater Clifton Cobalt Copper Coral Cornerstone Crescent Cypress Dalton "
    "Delta Eastgate Elm Ember Everett Fairfield Falcon Fern Finch Foxglove Garnet Gilbert "
    "Glen Granite Greenway Halcyon Hampton Harbor Harlow Hawthorne Hazel Heritage Hickory "
    "Holly Horizon Indigo Ironwood Ivy Jasper Juniper Keystone Kingsley Lakeview Lantern "
    "Larkspur Laurel Linden Magnolia Maple Marigold Meadow Mercer Midland Monarch "
    "Mulberry Northgate Oakmont Olive Orchard Osprey Palmer Parkside Pebble Pine Prairie "
    "Quarry Quill Raven Redwood Ridgeway Rowan Saffron Sage Sequoia Sherwood Silver Slate "
    "Solstice Sterling Stonegate Summit Sycamore Tamarack Thistle Thornton Timber Union "
    "Vale Violet Walnut Wexford Whitfield Willow Winslow Wren Yarrow"
)
_SECOND_WORDS = split_words(
    "Ridge;Creek;Hill;Park;Grove;Lane;Point;Valley;Bridge;Field;Gate;Harbor;House;"
    "Junction;Landing;Mill;Square;Spring;Station;Street;Terrace;View;Way;Wood;Yard;Bay;"
    "Bluff;Brook;Canyon;Coast;Court;Cove;Crossing;Dale;Falls;Forge;Garden;Glen;Heights;"
    "Hollow;Island;Lake;Meadow;Mesa;Mountain;Oak;Pass;Peak;Pier;Pond;Prairie;Quay;River;"
    "Rock;Shore;Summit;Tower;Trail;Vista;Wharf;& Adams;& Brand;& Carver;& Dunn;& Ellis;"
    "& Frost;& Grant;& Hale;& Irving;& Jordan;& Keller;& Lowe;& Marsh;& Nash;& Owens;"
    "& Pryce;& Quinn;& Reyes;& Shaw;& Tate;& Underwood;& Vance;& Webb;& Young;& Sons;"
    "& Daughters;Brothers",
    separator=";",
)
_GIVEN_NAMES = split_words(
    "Aaliyah Aaron Adele Aisha Alan Alejandra Amara Amir Ana Andre Anika Anna Arthur Ben "
    "Bianca Carla Carlos Carmen Chloe Clara Claire Daniel Darius David Diana Dmitri Elena "
    "Elias Emma Eric Esther Eva Fatima Felix Fiona Frank Gabriel Grace Greta Hana Hannah "
    "Hugo Ian Ines Isabel Ivan Jack Jamal James Jana Jasmine Joan Jonas Jorge Julia Karen "
    "Karim Kate Keiko Kwame Laila Lars Laura Leo Lina Linda Louis Lucia Magnus Malik "
    "Maria Marcus Maya Mei Miguel Mina Nadia Naomi Nathan Nina Noah Nora Olga Oliver Omar "
    "Oscar Paula Peter Priya Rachel Rafael Rahul Rosa Ruth Samir Sandra Sara Simon Sofia "
    "Stefan Tara Teresa Theo Thomas Tomas Uma Victor Wei Yara Yusuf Zoe"
)
_FAMILY_NAMES = split_words(
    "Abbott Adeyemi Alvarez Andersen Bauer Becker Bennett Berg Bianchi Blake Bose Brandt "
    "Brooks Castillo Chandra Chen Cohen Cruz Dahl Delgado Desai Diaz Diop Dubois Ellison "
    "Eriksen Farah Ferrari Fischer Flores Foster Garcia Gibson Gomez Gupta Haddad Hansen "
    "Hayashi Hayes Herrera Hoffman Hughes Ibrahim Ito Jackson Jansen Jensen Johansson "
    "Kapoor Kaufman Khan Kim Kowalski Kumar Lambert Larsen Laurent Lee Lindgren Lopez "
    "Mahmoud Marin Mendez Meyer Mitchell Moreau Morgan Moretti Murphy Nakamura Ndiaye "
    "Nelson Nguyen Novak Okafor Olsen Ortiz Osei Park Patel Pereira Petrov Price Ramos "
    "Rao Reed Richter Rivera Romero Rossi Ruiz Saito Santos Sato Schmidt Shah Silva Singh "
    "Sorensen Suzuki Tanaka Torres Vargas Vega Walsh Wang Weber Weiss Wong Yamamoto Zhang "
    "Zimmerman"
)
_T = TypeVar("_T")
_NOT_IN_A_DOMAIN = re.compile(r"[^a-z0-9]+")
_STEP = 7_368_787  # prime and larger than any word list: it shares no factor with a count


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
    (signal, page), draw = _pick(trade.signals, draw)
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
        reason=f"{company} is {kind} that {signal}{fits}.",
        evidence=(
            {"text": f"{company} is {kind}.", "source": f"https://www.{host}/"},
            {"text": f"{company} {signal}.", "source": f"https://www.{host}/{page}"},
        ),
        provenance={"provider": DummySeed.name, "number": index, "fictional": True},
    )


def _fit(niche: str, geography: str) -> str:
    wanted = " in ".join(part.strip() for part in (niche, geography) if part.strip())
    return f", which fits the search for {wanted}" if wanted else ""


def _pick(choices: Sequence[_T], draw: int) -> tuple[_T, int]:
    rest, index = divmod(draw, len(choices))
    return choices[index], rest

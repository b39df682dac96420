"""Which cities a place in words means, with their country and time zone. Pure.

The list holds larger business cities: enough to make up plausible leads for a place, and to
tell the country and time zone of an imported location. An unknown place gives nothing rather
than a guess.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from agents.leads.data import read_data

_COUNTRIES = read_data("countries")
# ISO 3166 code → name.
COUNTRY_NAMES: Final[dict[str, str]] = _COUNTRIES["names"]
_COUNTRY_CODES: Final[dict[str, str]] = {
    **{name.lower(): code for code, name in COUNTRY_NAMES.items()},
    **{code.lower(): code for code in COUNTRY_NAMES},
    **_COUNTRIES["other_words"],
}
_GROUPS: Final[dict[str, list[str]]] = _COUNTRIES["groups"]
_US_STATES: Final[dict[str, str]] = _COUNTRIES["us_states"]
_OTHER_CITY_WORDS: Final[dict[str, str]] = _COUNTRIES["other_city_words"]
_SEPARATORS = re.compile(r"[,;/|]| and | & |\(|\)")
_NOISE = re.compile(r"^(greater|the|metro|downtown|area of)\s+|\s+(area|metro|region|city center)$")


@dataclass(frozen=True, slots=True)
class City:
    name: str
    region: str
    country: str
    timezone: str

    @property
    def label(self) -> str:
        """`Austin, Texas`; with the country where addresses name no region."""
        return f"{self.name}, {self.region or COUNTRY_NAMES[self.country]}"


CITIES: Final = tuple(
    City(name, region, country, timezone)
    for country, zones in read_data("cities").items()
    for timezone, regions in zones.items()
    for region, names in regions.items()
    for name in names
)


def country_code(text: str) -> str:
    """The ISO 3166 code of a country's name or code; "" when it is not known."""
    return _COUNTRY_CODES.get(text.strip().lower(), "")


@lru_cache(maxsize=4_096)
def cities_in(geography: str) -> tuple[City, ...]:
    """The cities that a place in words means; the more exact words win.

    "Austin, Texas" is one city, "Texas" several, "US" many; unknown words give none.
    """
    parts = [_NOISE.sub("", part.strip()) for part in _SEPARATORS.split(geography.lower())]
    parts = [part for part in parts if part]
    countries = {code for part in parts for code in _countries_of(part)}
    regions = {_US_STATES.get(part, part) for part in parts}
    names = {_OTHER_CITY_WORDS.get(part, part) for part in parts}
    in_regions = [city for city in CITIES if city.region.lower() in regions - {""}]
    by_name = [city for city in CITIES if city.name.lower() in names]
    exact = [city for city in by_name if city in in_regions or city.country in countries]
    in_countries = [city for city in CITIES if city.country in countries]
    # "Paris, Texas" is in Texas, though the list knows only the other Paris.
    return tuple(exact or in_regions or in_countries or by_name)


def _countries_of(part: str) -> list[str]:
    if part in _GROUPS:
        return _GROUPS[part]
    code = country_code(part)
    return [code] if code else []


def place_of(location: str) -> tuple[str, str]:
    """(country, time zone) of a location in words; each "" unless all its cities agree."""
    cities = cities_in(location)
    countries = {city.country for city in cities}
    zones = {city.timezone for city in cities}
    return (
        countries.pop() if len(countries) == 1 else "",
        zones.pop() if len(zones) == 1 else "",
    )

"""Which cities a geography in words means, with country and time zone. Pure.

A small gazetteer of larger business cities: enough to make up leads that are plausible
for a place, and to tell the country and zone of an imported location. An unknown place
gives nothing rather than a guess.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from hossagent.lib.text import split_words


@dataclass(frozen=True, slots=True)
class City:
    name: str
    region: str
    country: str
    timezone: str

    @property
    def label(self) -> str:
        return f"{self.name}, {self.region or COUNTRY_NAMES[self.country]}"


# "zone: country: region: cities", one line per region.
_LINES = """
America/New_York|US|New York|New York City;Buffalo;Rochester;Albany
America/New_York|US|Massachusetts|Boston;Worcester;Springfield
America/New_York|US|Pennsylvania|Philadelphia;Pittsburgh;Allentown
America/New_York|US|New Jersey|Newark;Jersey City;Princeton
America/New_York|US|Connecticut|Hartford;Stamford;New Haven
America/New_York|US|Maryland|Baltimore;Annapolis;Rockville
America/New_York|US|Virginia|Richmond;Norfolk;Alexandria
America/New_York|US|North Carolina|Charlotte;Raleigh;Durham;Asheville
America/New_York|US|South Carolina|Charleston;Columbia;Greenville
America/New_York|US|Georgia|Atlanta;Savannah;Augusta
America/New_York|US|Florida|Miami;Tampa;Orlando;Jacksonville
America/New_York|US|Ohio|Columbus;Cleveland;Cincinnati
America/Detroit|US|Michigan|Detroit;Grand Rapids;Ann Arbor
America/Indiana/Indianapolis|US|Indiana|Indianapolis;Fort Wayne
America/Chicago|US|Illinois|Chicago;Naperville;Peoria
America/Chicago|US|Texas|Austin;Dallas;Houston;San Antonio;Fort Worth;Plano
America/Chicago|US|Minnesota|Minneapolis;Saint Paul;Duluth
America/Chicago|US|Wisconsin|Milwaukee;Madison;Green Bay
America/Chicago|US|Missouri|St. Louis;Kansas City;Springfield
America/Chicago|US|Tennessee|Nashville;Memphis;Chattanooga
America/Chicago|US|Louisiana|New Orleans;Baton Rouge
America/Denver|US|Colorado|Denver;Boulder;Colorado Springs
America/Denver|US|Utah|Salt Lake City;Provo;Ogden
America/Phoenix|US|Arizona|Phoenix;Tucson;Scottsdale
America/Los_Angeles|US|Nevada|Las Vegas;Reno
America/Los_Angeles|US|California|Los Angeles;San Francisco;San Diego;Sacramento;San Jose;Oakland
America/Los_Angeles|US|Oregon|Portland;Eugene;Bend
America/Los_Angeles|US|Washington|Seattle;Tacoma;Spokane
Pacific/Honolulu|US|Hawaii|Honolulu
America/Toronto|CA|Ontario|Toronto;Ottawa;Hamilton;London
America/Toronto|CA|Quebec|Montreal;Quebec City
America/Vancouver|CA|British Columbia|Vancouver;Victoria
America/Edmonton|CA|Alberta|Calgary;Edmonton
Europe/London|GB|England|London;Manchester;Birmingham;Leeds;Bristol
Europe/London|GB|Scotland|Edinburgh;Glasgow;Aberdeen
Europe/London|GB|Wales|Cardiff;Swansea
Europe/Dublin|IE||Dublin;Cork;Galway
Europe/Berlin|DE||Berlin;Hamburg;Munich;Cologne;Frankfurt;Stuttgart;Leipzig
Europe/Vienna|AT||Vienna;Graz;Linz;Salzburg
Europe/Zurich|CH||Zurich;Basel;Bern;Geneva
Europe/Paris|FR||Paris;Lyon;Marseille;Toulouse;Lille
Europe/Amsterdam|NL||Amsterdam;Rotterdam;Utrecht;Eindhoven
Europe/Brussels|BE||Brussels;Antwerp;Ghent
Europe/Madrid|ES||Madrid;Barcelona;Valencia;Seville
Europe/Lisbon|PT||Lisbon;Porto
Europe/Rome|IT||Rome;Milan;Turin;Bologna
Europe/Copenhagen|DK||Copenhagen;Aarhus
Europe/Stockholm|SE||Stockholm;Gothenburg;Malmo
Europe/Oslo|NO||Oslo;Bergen
Europe/Helsinki|FI||Helsinki;Tampere
Europe/Warsaw|PL||Warsaw;Krakow;Wroclaw
Europe/Prague|CZ||Prague;Brno
Australia/Sydney|AU|New South Wales|Sydney;Newcastle
Australia/Melbourne|AU|Victoria|Melbourne;Geelong
Australia/Brisbane|AU|Queensland|Brisbane;Cairns
Australia/Perth|AU|Western Australia|Perth
Pacific/Auckland|NZ||Auckland;Wellington;Christchurch
Asia/Singapore|SG||Singapore
Asia/Dubai|AE||Dubai;Abu Dhabi
Asia/Kolkata|IN||Mumbai;Bengaluru;Delhi;Pune
Africa/Johannesburg|ZA||Johannesburg;Cape Town
"""

CITIES = tuple(
    City(name, region, country, zone)
    for zone, country, region, names in (line.split("|") for line in _LINES.split("\n") if line)
    for name in names.split(";")
)

COUNTRY_NAMES = {
    "US": "United States",
    "CA": "Canada",
    "GB": "United Kingdom",
    "IE": "Ireland",
    "DE": "Germany",
    "AT": "Austria",
    "CH": "Switzerland",
    "FR": "France",
    "NL": "Netherlands",
    "BE": "Belgium",
    "ES": "Spain",
    "PT": "Portugal",
    "IT": "Italy",
    "DK": "Denmark",
    "SE": "Sweden",
    "NO": "Norway",
    "FI": "Finland",
    "PL": "Poland",
    "CZ": "Czechia",
    "AU": "Australia",
    "NZ": "New Zealand",
    "SG": "Singapore",
    "AE": "United Arab Emirates",
    "IN": "India",
    "ZA": "South Africa",
    "BR": "Brazil",
    "MX": "Mexico",
    "JP": "Japan",
    "CN": "China",
    "KR": "South Korea",
    "IL": "Israel",
    "TR": "Turkey",
    "GR": "Greece",
    "HU": "Hungary",
    "RO": "Romania",
    "UA": "Ukraine",
    "EE": "Estonia",
    "LV": "Latvia",
    "LT": "Lithuania",
    "LU": "Luxembourg",
    "SK": "Slovakia",
    "SI": "Slovenia",
    "HR": "Croatia",
    "BG": "Bulgaria",
    "AR": "Argentina",
    "CL": "Chile",
    "CO": "Colombia",
    "PH": "Philippines",
    "MY": "Malaysia",
    "TH": "Thailand",
    "ID": "Indonesia",
    "VN": "Vietnam",
    "HK": "Hong Kong",
    "TW": "Taiwan",
    "NG": "Nigeria",
    "KE": "Kenya",
    "EG": "Egypt",
    "SA": "Saudi Arabia",
}
_OTHER_COUNTRY_WORDS = {
    "usa": "US",
    "u.s.": "US",
    "u.s.a.": "US",
    "united states of america": "US",
    "america": "US",
    "uk": "GB",
    "u.k.": "GB",
    "great britain": "GB",
    "britain": "GB",
    "deutschland": "DE",
    "österreich": "AT",
    "schweiz": "CH",
    "españa": "ES",
    "italia": "IT",
    "the netherlands": "NL",
    "holland": "NL",
    "czech republic": "CZ",
    "uae": "AE",
    "türkiye": "TR",
}
_COUNTRY_CODES = {
    **{name.lower(): code for code, name in COUNTRY_NAMES.items()},
    **{code.lower(): code for code in COUNTRY_NAMES},
    **_OTHER_COUNTRY_WORDS,
}
_GROUPS = {
    "north america": ("US", "CA"),
    "dach": ("DE", "AT", "CH"),
    "benelux": ("NL", "BE"),
    "nordics": ("DK", "SE", "NO", "FI"),
    "scandinavia": ("DK", "SE", "NO"),
    "europe": split_words("GB IE DE AT CH FR NL BE ES PT IT DK SE NO FI PL CZ"),
    "european union": split_words("IE DE AT FR NL BE ES PT IT DK SE FI PL CZ"),
    "eu": split_words("IE DE AT FR NL BE ES PT IT DK SE FI PL CZ"),
    "australasia": ("AU", "NZ"),
}
_STATE_CODES = dict(
    pair.split(":")
    for pair in [
        "ny:new york",
        "ma:massachusetts",
        "pa:pennsylvania",
        "nj:new jersey",
        "ct:connecticut",
        "md:maryland",
        "va:virginia",
        "nc:north carolina",
        "sc:south carolina",
        "ga:georgia",
        "fl:florida",
        "oh:ohio",
        "mi:michigan",
        "in:indiana",
        "il:illinois",
        "tx:texas",
        "mn:minnesota",
        "wi:wisconsin",
        "mo:missouri",
        "tn:tennessee",
        "la:louisiana",
        "co:colorado",
        "ut:utah",
        "az:arizona",
        "nv:nevada",
        "ca:california",
        "or:oregon",
        "wa:washington",
        "hi:hawaii",
    ]
)
_OTHER_CITY_WORDS = {"new york": "new york city", "nyc": "new york city", "la": "los angeles"}
_SEPARATORS = re.compile(r"[,;/|]| and | & |\(|\)")
_NOISE = re.compile(r"^(greater|the|metro|downtown|area of)\s+|\s+(area|metro|region|city center)$")


def country_code(text: str) -> str:
    """The ISO 3166 code of a country's name or code; "" when it is not known."""
    words = text.strip().lower()
    return _COUNTRY_CODES.get(words, "")


@lru_cache(maxsize=4_096)
def cities_in(geography: str) -> tuple[City, ...]:
    """The cities a geography in words means; the more exact words win.

    "Austin, Texas" is one city, "Texas" several, "US" many; unknown words give none.
    """
    parts = [_NOISE.sub("", part.strip()) for part in _SEPARATORS.split(geography.lower())]
    parts = [part for part in parts if part]
    countries = {code for part in parts for code in _countries_of(part)}
    regions = {_STATE_CODES.get(part, part) for part in parts}
    names = {_OTHER_CITY_WORDS.get(part, part) for part in parts}
    in_regions = [city for city in CITIES if city.region.lower() in regions - {""}]
    by_name = [city for city in CITIES if city.name.lower() in names]
    exact = [city for city in by_name if city in in_regions or city.country in countries]
    in_countries = [city for city in CITIES if city.country in countries]
    # "Paris, Texas" is in Texas though the list only knows the other Paris.
    return tuple(exact or in_regions or in_countries or by_name)


def _countries_of(part: str) -> tuple[str, ...]:
    if part in _GROUPS:
        return _GROUPS[part]
    code = country_code(part)
    return (code,) if code else ()


def place_of(location: str) -> tuple[str, str]:
    """(country, time zone) of a location in words; each "" unless all its cities agree."""
    cities = cities_in(location)
    countries = {city.country for city in cities}
    zones = {city.timezone for city in cities}
    return (
        countries.pop() if len(countries) == 1 else "",
        zones.pop() if len(zones) == 1 else "",
    )

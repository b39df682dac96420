"""What a place in words means, and when nothing is told of it."""

from __future__ import annotations

import pytest

from agents.leads.places import cities_in, place_of


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("Austin, Texas", ("US", "America/Chicago")),
        ("Portland, OR", ("US", "America/Los_Angeles")),
        ("London, Ontario", ("CA", "America/Toronto")),
        ("Toronto, CA", ("CA", "America/Toronto")),
        ("Greater Berlin area", ("DE", "Europe/Berlin")),
        ("Paris, Texas", ("US", "America/Chicago")),
        ("United States", ("US", "")),
        ("Germany", ("DE", "Europe/Berlin")),
        ("London", ("", "")),
        ("Atlantis", ("", "")),
        ("", ("", "")),
    ],
)
def test_a_place_is_told_only_when_it_is_certain(words: str, place: tuple[str, str]) -> None:
    assert place_of(words) == place


def test_groups_of_countries_mean_their_cities() -> None:
    assert {city.country for city in cities_in("DACH")} == {"DE", "AT", "CH"}

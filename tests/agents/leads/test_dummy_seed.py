"""Fictional leads: plausible, repeatable, and never the same one twice."""

from __future__ import annotations

from agents.leads.providers.dummy_seed import DummySeed


def test_thousands_of_made_up_leads_differ_in_every_key() -> None:
    found = DummySeed().find(
        niche="dental clinics", geography="Austin, Texas", wanted=30_000, cursor=""
    )

    assert len({lead.email for lead in found.candidates}) == 30_000
    assert len({(lead.company, lead.website) for lead in found.candidates}) == 30_000
    assert all(lead.email.endswith(".example") for lead in found.candidates)
    assert all(max(map(len, lead.email.split(".")), default=0) <= 63 for lead in found.candidates)


def test_a_cursor_continues_where_the_last_question_ended() -> None:
    whole = DummySeed(seed="a").find(niche="law", geography="Berlin", wanted=20, cursor="")
    first = DummySeed(seed="a").find(niche="law", geography="Berlin", wanted=8, cursor="")
    second = DummySeed(seed="a").find(
        niche="law", geography="Berlin", wanted=12, cursor=first.next_cursor or ""
    )

    assert [*first.candidates, *second.candidates] == list(whole.candidates)


def test_two_customers_of_one_niche_get_different_leads() -> None:
    one, other = (
        {
            lead.email
            for lead in DummySeed(seed=seed)
            .find(niche="law", geography="Berlin", wanted=200, cursor="")
            .candidates
        }
        for seed in ("customer:1", "customer:2")
    )

    assert not one & other


def test_a_made_up_lead_fits_niche_and_place_and_says_why() -> None:
    (lead,) = (
        DummySeed()
        .find(niche="dental clinics", geography="Austin, Texas", wanted=1, cursor="5")
        .candidates
    )

    assert (lead.location, lead.country, lead.timezone) == (
        "Austin, Texas",
        "US",
        "America/Chicago",
    )
    assert "dental practice in Austin, Texas" in lead.reason
    assert lead.reason.endswith("which fits the search for dental clinics in Austin, Texas.")
    assert [fact["text"] in lead.reason or fact["source"] for fact in lead.evidence]


def test_without_a_place_no_place_is_claimed() -> None:
    (lead,) = (
        DummySeed().find(niche="dental clinics", geography=" ", wanted=1, cursor="").candidates
    )

    assert lead.location == ""
    assert lead.evidence[0]["text"] == f"{lead.company} is a dental practice."
    assert lead.reason.startswith(f"{lead.company} is a dental practice that ")
    assert lead.reason.endswith(", which fits the search for dental clinics.")


def test_the_names_end_and_say_so() -> None:
    found = DummySeed().find(niche="law", geography="Berlin", wanted=10, cursor="10000000")

    assert (list(found.candidates), found.next_cursor) == ([], None)


def test_an_unknown_niche_and_place_still_give_leads() -> None:
    found = DummySeed().find(niche="Llama farming", geography="Mars", wanted=2, cursor="")

    assert [(lead.location, lead.country) for lead in found.candidates] == [("Mars", "")] * 2
    assert all("Llama Farming" in lead.company for lead in found.candidates)

"""The search API over a real connection, with the faults that real ones have."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agents.leads.providers import ProviderFailed, search_api
from agents.leads.providers.search_api import SearchApi, parse_paths
from tests.fakes.search_api import KEY, FaultyServer, serving


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_api, "LIMITS", replace(search_api.LIMITS, seconds=0.4))


def ask(server: FaultyServer, *, wanted: int = 5, key: str = KEY, **fields: Any) -> Any:
    naps: list[float] = []
    api = SearchApi(server.url, key, sleep=naps.append, **fields)
    return api.find(niche="law firms", geography="Berlin", wanted=wanted, cursor=""), naps


def test_pages_follow_each_other_until_enough_is_there() -> None:
    with serving(FaultyServer()) as server:
        found, _ = ask(server, wanted=120)

    assert (len(found.candidates), found.next_cursor, server.asked) == (120, "120", 3)
    assert found.candidates[0].provenance["provider"] == "SEARCH_API"


def test_a_search_ends_when_the_api_has_nobody_else() -> None:
    with serving(FaultyServer(total=7)) as server:
        found, _ = ask(server, wanted=20)

    assert (len(found.candidates), found.next_cursor) == (7, None)


@pytest.mark.parametrize(
    ("fault", "status", "questions"),
    [
        ("slow", "TIMEOUT", 3),
        ("drip", "TIMEOUT", 3),
        ("429", "429", 3),
        ("500", "500", 3),
        ("closed", "PROTOCOL", 3),
        ("truncated", "BAD_JSON", 3),
        ("deep", "BAD_JSON", 3),
        ("no_list", "BAD_SHAPE", 1),
        ("html", "WRONG_TYPE", 1),
        ("huge", "TOO_LARGE", 1),
        ("redirect", "302", 1),
        ("expired_key", "401", 1),
    ],
)
def test_each_fault_has_its_name_and_its_number_of_tries(
    fault: str, status: str, questions: int
) -> None:
    with serving(FaultyServer(fault)) as server, pytest.raises(ProviderFailed) as caught:
        ask(server)

    assert (caught.value.status, server.asked) == (status, questions)


def test_a_redirect_is_not_followed_with_the_key() -> None:
    with serving(FaultyServer()) as other, serving(FaultyServer("redirect")) as server:
        server.extra_headers = {"Location": other.url}
        with pytest.raises(ProviderFailed) as caught:
            ask(server)

    assert (caught.value.status, other.asked) == ("REDIRECTS", 0)


def test_a_passing_fault_is_tried_again_after_a_pause() -> None:
    with serving(FaultyServer("500", times=2)) as server:
        found, naps = ask(server)

    assert len(found.candidates) == 5
    assert 0.2 <= naps[0] <= 0.6
    assert 0.4 <= naps[1] <= 1.2


@pytest.mark.parametrize(
    ("header", "seconds", "questions"),
    [
        ({"Retry-After": "2"}, 2, 3),
        ({"Retry-After": "600"}, 600, 1),
        (
            {
                "Retry-After": "Wed, 21 Oct 2099 07:38:00 GMT",
                "Date": "Wed, 21 Oct 2099 07:28:00 GMT",
            },
            600,
            1,
        ),
        ({"Retry-After": "5"}, 5, 3),
        ({"Retry-After": "6"}, 6, 1),
        ({"Retry-After": "soon"}, 0, 3),
        ({"Retry-After": "100000"}, 86_400, 1),
        ({"Retry-After": "9" * 5_000}, 86_400, 1),
        (
            {
                "Retry-After": "Wed, 21 Oct 2099 07:38:00 +99999999999999",
                "Date": "Wed, 21 Oct 2099 07:28:00 GMT",
            },
            0,
            3,
        ),
    ],
)
def test_retry_after_is_kept(header: dict[str, str], seconds: int, questions: int) -> None:
    with serving(FaultyServer("429")) as server:
        server.extra_headers = header
        with pytest.raises(ProviderFailed) as caught:
            ask(server)

    assert (server.asked, caught.value.retry_after_seconds) == (questions, seconds)


def test_entries_of_the_wrong_type_are_left_out_with_a_reason() -> None:
    with serving(FaultyServer("wrong_types", times=1)) as server:
        found, _ = ask(server, wanted=2)

    assert [lead.company for lead in found.candidates] == ["Ok", "Odd"]
    assert (found.candidates[1].phone, list(found.candidates[1].evidence)) == ("5", [])
    assert [rejected.reason for rejected in found.rejected] == [
        "It is not an object with fields.",
        "It is not an object with fields.",
        "Its field company is not text.",
    ]


def test_what_was_found_before_a_fault_is_kept() -> None:
    class LaterFault(FaultyServer):
        def process_request(self, request: Any, client_address: Any) -> None:
            if self.asked == 1:
                self.fault, self.faults = "500", 1_000
            super().process_request(request, client_address)

    with serving(LaterFault()) as server:
        found, _ = ask(server, wanted=70)

    assert (len(found.candidates), found.next_cursor) == (50, "50")
    assert found.note.startswith("A later page failed: The API answered 500.")


def test_fields_of_another_shape_are_mapped() -> None:
    paths = parse_paths(("leads=leads", "company=contact_name", "contact_name=company"))

    with serving(FaultyServer()) as server:
        straight, _ = ask(server, wanted=1)
        mapped, _ = ask(server, wanted=1, paths=paths)

    assert mapped.candidates[0].company == straight.candidates[0].contact_name
    assert search_api._at({"a": {"b": 1}}, "a.b") == 1
    assert search_api._at({"a": [1]}, "a.b") is None


def test_nobody_listening_is_a_fault_like_any_other() -> None:
    with serving(FaultyServer()) as server:
        pass

    with pytest.raises(ProviderFailed) as caught:
        ask(server)

    assert caught.value.status == "CONNECT"

"""What the search API is asked, and how each of its answers is read."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from agents.leads.providers import Found, ProviderFailed, search_api
from agents.leads.providers.search_api import SearchApi
from hossagent.lib.http import Answer, FetchFailed, Limits

if TYPE_CHECKING:
    from collections.abc import Mapping


def say(
    *answers: object,
    status: int = 200,
    wanted: int = 5,
    cursor: str = "",
    headers: Mapping[str, str] | None = None,
) -> tuple[Found, list[dict[str, Any]], list[float]]:
    """Ask an API that gives these answers (bodies, or failures) in turn; the last one again."""
    asked: list[dict[str, Any]] = []
    naps: list[float] = []

    def fetch(url: str, **given: Any) -> Answer:
        assert (url, given["method"], given["is_trusted"]) == ("https://api.com/", "POST", True)
        assert given["limits"] == search_api.LIMITS
        assert given["headers"] == {
            "Authorization": "Bearer k",
            "Accept": "application/json",
            "Content-Type": "application/json",
        }
        asked.append(json.loads(given["body"]))
        answer = answers[min(len(asked), len(answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        return Answer(status, url, body, "application/json", headers or {})

    api = SearchApi("https://api.com/", "k", fetch=fetch, sleep=naps.append)
    found = api.find(niche="law", geography="Berlin", wanted=wanted, cursor=cursor)
    return found, asked, naps


def page(*names: str, cursor: object = None) -> dict[str, object]:
    return {"leads": [{"company": name} for name in names], "next_cursor": cursor}


def test_the_contract_s_limits_are_what_its_document_says() -> None:
    assert (
        Limits(seconds=15.0, bytes=2_000_000, redirects=0, content_types=("application/json",))
        == search_api.LIMITS
    )


def test_five_pages_are_asked_for_in_one_search() -> None:
    found, asked, _ = say(*(page(str(n), cursor=f"c{n}") for n in range(9)), wanted=8, cursor="c")

    assert asked == [
        {"niche": "law", "geography": "Berlin", "limit": 8 - n, "cursor": cursor}
        for n, cursor in enumerate(("c", "c0", "c1", "c2", "c3"))
    ]
    assert [lead.company for lead in found.candidates] == ["0", "1", "2", "3", "4"]
    assert (found.next_cursor, found.note) == ("c4", "")


def test_an_api_that_repeats_its_cursor_is_asked_no_more() -> None:
    found, asked, _ = say(page("A", cursor="c"), page("B", cursor="c"))

    assert [question["cursor"] for question in asked] == [None, "c"]
    assert (len(found.candidates), found.next_cursor) == (2, None)
    assert found.note == "The API returned the same cursor again."


def test_no_more_leads_are_read_than_were_asked_for() -> None:
    found, asked, _ = say(page("A", "B", "C", cursor="c"), wanted=2)

    assert [lead.company for lead in found.candidates] == ["A", "B"]
    assert (found.next_cursor, len(asked)) == ("c", 1)


@pytest.mark.parametrize(
    ("cursor", "read"),
    [
        ("c", "c"),
        (7, "7"),
        ("x" * 600, "x" * 500),
        (None, None),
        ("", None),
        (0, None),
        (True, None),
        (1.5, None),
        (["c"], None),
    ],
)
def test_a_cursor_is_text_or_a_whole_number(cursor: object, read: str | None) -> None:
    found, _, _ = say(page("A", cursor=cursor), wanted=1)

    assert found.next_cursor == read


def test_pauses_grow_and_none_follows_the_last_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", lambda _, high: high)
    naps: list[float] = []

    def fetch(*_: Any, **__: Any) -> Answer:
        raise FetchFailed("connect", "Nobody is there.")

    api = SearchApi("https://api.com/", "k", fetch=fetch, sleep=naps.append)
    with pytest.raises(ProviderFailed, match="Nobody is there"):
        api.find(niche="law", geography="Berlin", wanted=5, cursor="")

    assert naps == [0.6, 1.2]


@pytest.mark.parametrize(
    ("status", "tries"),
    [
        *((status, 3) for status in (408, 425, 429, 500, 502, 503, 504)),
        *((status, 1) for status in (300, 304, 400, 401, 403, 404, 413, 422, 501)),
    ],
)
def test_only_a_passing_status_is_worth_another_try(status: int, tries: int) -> None:
    asked: list[str] = []

    def fetch(url: str, **_: Any) -> Answer:
        asked.append(url)
        return Answer(status, url, b'{"leads": []}', "application/json")

    api = SearchApi("https://api.com/", "k", fetch=fetch, sleep=lambda _: None)
    with pytest.raises(ProviderFailed) as caught:
        api.find(niche="law", geography="Berlin", wanted=5, cursor="")

    assert (caught.value.status, len(asked)) == (str(status), tries)
    is_refused = str(caught.value) == "The API refuses the key. Check LEAD_SEARCH_API_KEY."
    assert is_refused is (status in {401, 403})


@pytest.mark.parametrize(
    ("code", "tries"),
    [
        *((code, 3) for code in ("timeout", "connect", "protocol")),
        *((code, 1) for code in ("dns", "redirects", "scheme", "too_large", "wrong_type")),
    ],
)
def test_only_a_passing_failure_is_worth_another_try(code: str, tries: int) -> None:
    asked: list[str] = []

    def fetch(url: str, **_: Any) -> Answer:
        asked.append(url)
        raise FetchFailed(code, "It failed.")

    api = SearchApi("https://api.com/", "k", fetch=fetch, sleep=lambda _: None)
    with pytest.raises(ProviderFailed) as caught:
        api.find(niche="law", geography="Berlin", wanted=5, cursor="")

    assert (caught.value.status, str(caught.value)) == (code.upper(), "It failed.")
    assert len(asked) == tries


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error": {"message": "Too\\nlate."}}', " It says: Too late."),
        (json.dumps({"error": {"message": "x" * 900}}).encode(), f" It says: {'x' * 200}"),
        (b'{"error": {"message": ["x"]}}', ""),
        (b'{"error": "x"}', ""),
        (b"<h1>Hotel network</h1>", ""),
        (b"[" * 100_000, ""),
    ],
)
def test_only_an_error_in_the_contracts_form_is_quoted(body: bytes, words: str) -> None:
    with pytest.raises(ProviderFailed) as caught:
        say(body, status=400)

    assert str(caught.value) == f"The API answered 400.{words}"


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("none", []),
        ([{"text": "A."}, "x", None, {"text": 5}, {"source": "s"}], [{"text": "A."}]),
        (
            [{"text": "A.", "source": 7, "at": None, "more": "x"}],
            [{"text": "A.", "source": "7"}],
        ),
        ([{"text": "x" * 900}], [{"text": "x" * 500}]),
        ([{"text": "A."}] * 30, [{"text": "A."}] * 20),
    ],
)
def test_evidence_is_read_as_far_as_it_has_the_form(value: object, read: list[Any]) -> None:
    found, _, _ = say({"leads": [{"email": "a@b.com", "evidence": value}]})

    assert list(found.candidates[0].evidence) == read


def test_the_fields_of_a_lead_are_text_of_bounded_length() -> None:
    lead = {"id": "i" * 200, "company": "c" * 3_000, "phone": 1.5, "email": None}

    found, _, _ = say({"leads": [lead]})

    (read,) = found.candidates
    assert (read.company, read.phone, read.email) == ("c" * 2_000, "1.5", "")
    assert read.provenance == {"provider": "SEARCH_API", "id": "i" * 100}


@pytest.mark.parametrize(
    ("until", "date", "seconds"),
    [
        ("Wed, 21 Oct 2099 07:38:00 GMT", "Wed, 21 Oct 2099 07:37:57 GMT", 3),
        ("Wed, 21 Oct 2099 07:38:00", "Wed, 21 Oct 2099 07:37:57 GMT", 3),
        ("Wed, 21 Oct 2099 07:38:00 GMT", "Wed, 21 Oct 2099 07:38:57 GMT", 0),
        ("Wed, 21 Oct 2099 07:38:00 GMT", "Wed, 14 Oct 2099 07:38:00 GMT", 86_400),
        ("Wed, 21 Oct 2099 07:38:00 GMT", "", 0),
        ("-5", "", 0),
    ],
)
def test_a_retry_time_counts_from_the_answers_own_date(until: str, date: str, seconds: int) -> None:
    with pytest.raises(ProviderFailed) as caught:
        say({}, status=400, headers={"retry-after": until, "date": date})

    assert caught.value.retry_after_seconds == seconds

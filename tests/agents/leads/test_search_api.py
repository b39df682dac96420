"""The search API as it may behave: a recorded result each time, and no crash."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import timedelta
from functools import partial
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Customer
from agents.leads.providers import Found, ProviderFailed, search_api
from agents.leads.providers.search_api import SearchApi, parse_paths
from agents.leads.services import providers
from agents.leads.services.search import find_leads, run_lead_source
from agents.models import Lead, LeadSourceRun, RejectedCandidate, SourceProgress
from hossagent.lib.http import Answer, FetchFailed, Limits
from tests.conftest import NOON
from tests.factories import CustomerFactory
from tests.fakes.search_api import KEY, FaultyServer, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


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


# --- Answers without a server --------------------------------------------------------------


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
    # The fixture above shortens the seconds, and nothing else.
    assert replace(search_api.LIMITS, seconds=15.0) == Limits(
        seconds=15.0, bytes=2_000_000, redirects=0, content_types=("application/json",)
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
    assert found.note == "The API repeats its own cursor."


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
def test_of_an_error_only_a_message_in_the_contracts_form_is_quoted(
    body: bytes, words: str
) -> None:
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
def test_a_time_to_ask_again_is_a_wait_from_the_answers_own_date(
    until: str, date: str, seconds: int
) -> None:
    with pytest.raises(ProviderFailed) as caught:
        say({}, status=400, headers={"retry-after": until, "date": date})

    assert caught.value.retry_after_seconds == seconds


# --- Through Lead Source -----------------------------------------------------------------


@pytest.fixture
def customer() -> Customer:
    made = CustomerFactory.create(subscription__complimentary=True)
    return Customer.objects.select_related("subscription", "profile").get(pk=made.pk)


def use(configure: Callable[..., None], server: FaultyServer, key: str = KEY) -> None:
    configure(
        LEAD_SOURCE_PROVIDER="SEARCH_API", LEAD_SEARCH_API_URL=server.url, LEAD_SEARCH_API_KEY=key
    )


@pytest.mark.django_db
def test_a_cycle_stores_what_the_api_found(
    customer: Customer, configure: Callable[..., None]
) -> None:
    with serving(FaultyServer()) as server:
        use(configure, server)
        assert run_lead_source(customer=customer, now=NOON) == {"created": 10}

    run = LeadSourceRun.objects.get()
    assert (run.provider, run.result, run.created, run.detail) == ("SEARCH_API", "OK", 10, "")
    assert Lead.objects.filter(source="search_api", is_fictional=True).count() == 10


@pytest.mark.django_db
def test_an_expired_key_is_recorded_and_rested_from(
    customer: Customer, configure: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    with serving(FaultyServer()) as server:
        use(configure, server, key="sk-search-old-key-000")
        assert run_lead_source(customer=customer, now=NOON) == {"errors": 1}
        assert run_lead_source(customer=customer, now=NOON) == {}

    run = LeadSourceRun.objects.get()
    assert (run.result, run.created) == ("API_ERROR", 0)
    assert run.detail == (
        "Found 0 of 10. The API refuses the key. Check LEAD_SEARCH_API_KEY. "
        "It says: The key is missing or wrong."
    )
    assert "[LEADS][API_ERROR] status=401" in caplog.text
    assert SourceProgress.objects.get().next_look_at is not None


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pauses between tries."""
    monkeypatch.setattr(providers, "SearchApi", partial(SearchApi, sleep=lambda seconds: None))


SLOW_DOWN = "The API asks for fewer questions. It says: about slow_down"
CUT_SHORT = (
    "The answer is not HTTP: RemoteProtocolError: peer closed connection without sending "
    "complete message body (received 11 bytes, expected 1000)"
)
METADATA = {"Location": "http://169.254.169.254/latest/meta-data/"}


@pytest.mark.django_db
@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize(
    ("fault", "headers", "detail", "rest"),
    [
        ("slow", {}, "No answer in time.", 5),
        ("drip", {}, "No answer in time.", 5),
        ("429", {}, SLOW_DOWN, 5),
        ("429", {"Retry-After": "3600"}, SLOW_DOWN, 60),
        ("500", {}, "The API answered 500. It says: about oops", 5),
        ("closed", {}, CUT_SHORT, 5),
        ("truncated", {}, "The answer is not complete JSON.", 5),
        ("deep", {}, "The answer is not complete JSON.", 5),
        ("no_list", {}, "The answer holds no list of leads.", 5),
        ("html", {}, "The answer is text/html.", 5),
        ("huge", {}, "The answer is larger than 2,000,000 bytes.", 5),
        ("redirect", METADATA, "{url} answered with a redirect.", 5),
        (
            "expired_key",
            {},
            "The API refuses the key. Check LEAD_SEARCH_API_KEY. It says: about expired",
            5,
        ),
    ],
)
def test_each_fault_is_recorded_and_rested_from(
    customer: Customer,
    configure: Callable[..., None],
    fault: str,
    headers: dict[str, str],
    detail: str,
    rest: int,
) -> None:
    with serving(FaultyServer(fault)) as server:
        server.extra_headers = headers
        use(configure, server)
        counts = run_lead_source(customer=customer, now=NOON)
        asked = server.asked
        assert run_lead_source(customer=customer, now=NOON) == {}

    assert (counts, server.asked, Lead.objects.count()) == ({"errors": 1}, asked, 0)
    run = LeadSourceRun.objects.get()
    assert (run.provider, run.at, run.result) == ("SEARCH_API", NOON, "API_ERROR")
    said = f"Found 0 of 10. {detail.format(url=server.url)}"
    assert (run.created, run.skipped, run.detail) == (0, 0, said)
    progress = SourceProgress.objects.get()
    assert progress.next_look_at == NOON + timedelta(minutes=rest)


@pytest.mark.django_db
def test_entries_of_the_wrong_type_are_recorded_with_their_reasons(
    customer: Customer, configure: Callable[..., None]
) -> None:
    with serving(FaultyServer("wrong_types", times=1, total=0)) as server:
        use(configure, server)
        assert run_lead_source(customer=customer, now=NOON) == {"created": 2, "rejected": 3}

    run = LeadSourceRun.objects.get()
    assert (run.result, run.created, run.skipped) == ("OK", 2, 3)
    assert run.detail == (
        "Found 2 of 10. The provider has nobody else for this niche and geography."
    )
    assert list(RejectedCandidate.objects.order_by("pk").values_list("name", "reason")) == [
        ("An entry of the answer", "It is not an object with fields."),
        ("An entry of the answer", "It is not an object with fields."),
        ("['x']", "Its field company is not text."),
    ]


@pytest.mark.django_db
def test_characters_that_no_database_takes_are_left_out(
    customer: Customer, configure: Callable[..., None]
) -> None:
    with serving(FaultyServer("bad_characters", times=1, total=0)) as server:
        use(configure, server)
        assert run_lead_source(customer=customer, now=NOON) == {"created": 1}

    lead = Lead.objects.get()
    assert (lead.company, lead.provenance["id"]) == ("A cme", "7")
    assert lead.evidence == [{"text": "Two chairs.", "source": "x", "at": ""}]


@pytest.mark.django_db
def test_find_n_asks_on_past_duplicates_and_says_why_it_stopped(
    customer: Customer, configure: Callable[..., None]
) -> None:
    with serving(FaultyServer(total=12)) as server:
        use(configure, server)
        (first,) = find_leads(customer=customer, wanted=8, now=NOON)
        SourceProgress.objects.all().delete()
        (second,) = find_leads(customer=customer, wanted=8, now=NOON)

    assert (first.created, first.why) == (8, "")
    assert second.created == 4
    assert second.why == "The provider has nobody else for this niche and geography."
    assert len(second.stored.duplicates) == 8


@pytest.mark.django_db
def test_who_does_not_fit_is_left_out_with_the_reason(
    customer: Customer, configure: Callable[..., None]
) -> None:
    with serving(FaultyServer("elsewhere", times=1)) as server:
        use(configure, server)
        (search,) = find_leads(customer=customer, wanted=3, now=NOON)

    assert search.created == 1
    assert list(RejectedCandidate.objects.order_by("pk").values_list("name", "reason")) == [
        ("Kanzlei", "Kanzlei is in Germany, which is outside Austin, Texas."),
        ("Nobody", "Nobody has no email address and no website."),
    ]
    assert Lead.objects.get().reason == (
        "Here in Austin, TX was found in the search for dental clinics in Austin, Texas: "
        "Here has two chairs."
    )


@pytest.mark.django_db
def test_the_commands_find_and_say_why_not(
    customer: Customer, configure: Callable[..., None]
) -> None:
    out = StringIO()
    with serving(FaultyServer(total=2)) as server:
        use(configure, server)
        call_command("find_leads", "3", customer=customer.pk, stdout=out)

    assert out.getvalue() == (
        "SEARCH_API: OK, 2 of 3 found. The provider has nobody else for this niche and geography.\n"
    )
    with pytest.raises(CommandError, match="There is no customer 0"):
        call_command("find_leads", "3", customer=0)

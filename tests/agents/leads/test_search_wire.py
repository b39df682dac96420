"""Lead Source with a real search API: each fault is recorded and rested from."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Customer
from agents.leads.providers import search_api
from agents.leads.providers.search_api import SearchApi
from agents.leads.services import providers
from agents.leads.services.search import find_leads, run_lead_source
from agents.models import Lead, LeadSourceRun, RejectedCandidate, SourceProgress
from tests.conftest import NOON
from tests.factories import CustomerFactory
from tests.fakes.search_api import KEY, FaultyServer, serving

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db

SLOW_DOWN = "The API asks for fewer requests. It says: about slow_down"
CUT_SHORT = (
    "The answer is not HTTP: RemoteProtocolError: peer closed connection without sending "
    "complete message body (received 11 bytes, expected 1000)"
)
METADATA = {"Location": "http://169.254.169.254/latest/meta-data/"}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_api, "LIMITS", replace(search_api.LIMITS, seconds=0.4))


@pytest.fixture
def customer() -> Customer:
    made = CustomerFactory.create(subscription__complimentary=True)
    return Customer.objects.select_related("subscription", "profile").get(pk=made.pk)


def use(configure: Callable[..., None], server: FaultyServer, key: str = KEY) -> None:
    configure(
        LEAD_SOURCE_PROVIDER="SEARCH_API", LEAD_SEARCH_API_URL=server.url, LEAD_SEARCH_API_KEY=key
    )


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pauses between tries."""
    monkeypatch.setattr(providers, "SearchApi", partial(SearchApi, sleep=lambda seconds: None))


def test_a_cycle_stores_what_the_api_found(
    customer: Customer, configure: Callable[..., None]
) -> None:
    with serving(FaultyServer()) as server:
        use(configure, server)
        assert run_lead_source(customer=customer, now=NOON) == {"created": 10}

    run = LeadSourceRun.objects.get()
    assert (run.provider, run.result, run.created, run.detail) == ("SEARCH_API", "OK", 10, "")
    assert Lead.objects.filter(source="search_api", is_fictional=True).count() == 10


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
        ("no_list", {}, "The answer contains no list of leads.", 5),
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


def test_entries_of_the_wrong_type_are_recorded(
    customer: Customer, configure: Callable[..., None]
) -> None:
    with serving(FaultyServer("wrong_types", times=1, total=0)) as server:
        use(configure, server)
        assert run_lead_source(customer=customer, now=NOON) == {"created": 2, "rejected": 3}

    run = LeadSourceRun.objects.get()
    assert (run.result, run.created, run.skipped) == ("OK", 2, 3)
    assert run.detail == (
        "Found 2 of 10. The provider has no more leads for this niche and geography."
    )
    assert list(RejectedCandidate.objects.order_by("pk").values_list("name", "reason")) == [
        ("An entry in the answer", "It is not an object with fields."),
        ("An entry in the answer", "It is not an object with fields."),
        ("['x']", "Its field company is not text."),
    ]


def test_characters_that_no_database_takes_are_left_out(
    customer: Customer, configure: Callable[..., None]
) -> None:
    with serving(FaultyServer("bad_characters", times=1, total=0)) as server:
        use(configure, server)
        assert run_lead_source(customer=customer, now=NOON) == {"created": 1}

    lead = Lead.objects.get()
    assert (lead.company, lead.provenance["id"]) == ("A cme", "7")
    assert lead.evidence == [{"text": "Two chairs.", "source": "x", "at": ""}]


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
    assert second.why == "The provider has no more leads for this niche and geography."
    assert len(second.stored.duplicates) == 8


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


def test_the_commands_find_and_say_why_not(
    customer: Customer, configure: Callable[..., None]
) -> None:
    out = StringIO()
    with serving(FaultyServer(total=2)) as server:
        use(configure, server)
        call_command("find_leads", "3", customer=customer.pk, stdout=out)

    assert out.getvalue() == (
        "SEARCH_API: OK, 2 of 3 found. "
        "The provider has no more leads for this niche and geography.\n"
    )
    with pytest.raises(CommandError, match="There is no customer 0"):
        call_command("find_leads", "3", customer=0)

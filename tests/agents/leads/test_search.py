"""Lead Source in one cycle: bounded, recorded, and calm when the provider is not there."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from accounts.models import Customer
from agents.leads.providers import Candidate, Found, ProviderFailed
from agents.leads.services.search import find_leads, run, run_lead_source
from agents.models import Lead, LeadSourceRun, SourceProgress
from tests.conftest import NOON
from tests.factories import CustomerFactory, LeadFactory

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db


def load(customer: Customer) -> Customer:
    return Customer.objects.select_related("subscription", "profile").get(pk=customer.pk)


@pytest.fixture
def customer() -> Customer:
    return load(CustomerFactory.create(subscription__complimentary=True))


def runs() -> list[tuple[str, str, int, int]]:
    rows = LeadSourceRun.objects.order_by("pk")
    return [(run.provider, run.result, run.created, run.skipped) for run in rows]


def test_a_cycle_adds_up_to_its_number(customer: Customer) -> None:
    assert run_lead_source(customer=customer, now=NOON) == {"created": 10}
    assert run_lead_source(customer=customer, now=NOON) == {"created": 10}

    assert Lead.objects.filter(is_fictional=True, source="dummy_seed").count() == 20
    assert runs() == [("DUMMY_SEED", "OK", 10, 0)] * 2
    assert all(Lead.objects.values_list("reason", flat=True))


def test_a_trial_stops_at_its_allowance() -> None:
    customer = CustomerFactory.create()

    counts = [run_lead_source(customer=load(customer), now=NOON) for _ in range(4)]

    assert counts == [{"created": 10}, {"created": 10}, {}, {}]


def test_leads_do_not_pile_up_when_nobody_writes_to_them(customer: Customer) -> None:
    for n in range(95):
        LeadFactory.create(customer=customer, company=f"Old {n}", email=f"a@old{n}.com")

    assert run_lead_source(customer=customer, now=NOON) == {"created": 5}
    assert run_lead_source(customer=customer, now=NOON) == {}


def test_a_customer_without_rights_gets_nothing() -> None:
    customer = CustomerFactory.create()
    ended = NOON + timedelta(days=8)

    assert run_lead_source(customer=load(customer), now=ended) == {}


def test_an_idle_cycle_asks_the_database_twice_at_most(
    customer: Customer, django_assert_max_num_queries: Any
) -> None:
    for n in range(100):
        LeadFactory.create(customer=customer, company=f"Old {n}", email=f"a@old{n}.com")

    with django_assert_max_num_queries(1):
        assert run_lead_source(customer=customer, now=NOON) == {}

    SourceProgress.objects.create(
        customer=customer,
        provider="DUMMY_SEED",
        query="dental clinics | austin, texas",
        next_look_at=NOON + timedelta(hours=1),
    )
    Lead.objects.all().delete()
    with django_assert_max_num_queries(2):
        assert run_lead_source(customer=customer, now=NOON) == {}


def test_a_changed_niche_starts_a_new_search(customer: Customer) -> None:
    run_lead_source(customer=customer, now=NOON)
    customer.niche = "law firms"

    run_lead_source(customer=customer, now=NOON)

    assert SourceProgress.objects.get().query == "law firms | austin, texas"
    assert SourceProgress.objects.get().cursor == "10"


def test_missing_credentials_are_recorded_and_rested_from(
    customer: Customer, configure: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    configure(LEAD_SOURCE_PROVIDER="SEARCH_API")
    caplog.set_level(logging.WARNING)

    assert run_lead_source(customer=customer, now=NOON) == {"errors": 1}
    assert run_lead_source(customer=customer, now=NOON + timedelta(minutes=4)) == {}

    assert runs() == [("SEARCH_API", "NO_CREDS", 0, 0)]
    assert [line for line in caplog.messages if "[LEADS]" in line] == [
        f"[LEADS][API_ERROR] status=NO_CREDS customer_id={customer.pk}"
    ]


def test_the_fallback_answers_for_a_missing_provider(
    customer: Customer, configure: Callable[..., None]
) -> None:
    configure(LEAD_SOURCE_PROVIDER="SEARCH_API", LEAD_SOURCE_FALLBACK="DUMMY_SEED")

    assert run_lead_source(customer=customer, now=NOON) == {"errors": 1, "created": 10}

    assert runs() == [("SEARCH_API", "NO_CREDS", 0, 0), ("DUMMY_SEED", "OK", 10, 0)]


# --- Bounds of one search ------------------------------------------------------------------


@dataclass
class Provider:
    """Gives these answers (or failures) in turn, the last one again; remembers the questions."""

    answers: list[Found | ProviderFailed]
    asked: list[tuple[int, str]] = field(default_factory=list)
    name: str = "SEARCH_API"

    def find(self, *, niche: str, geography: str, wanted: int, cursor: str) -> Found:
        assert (niche, geography) == ("dental clinics", "Austin, Texas")
        self.asked.append((wanted, cursor))
        answer = self.answers[min(len(self.asked), len(self.answers)) - 1]
        if isinstance(answer, ProviderFailed):
            raise answer
        return answer


@pytest.fixture
def provider(
    configure: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Provider]:
    """Makes the provider that the search asks."""
    configure(
        LEAD_SOURCE_PROVIDER="SEARCH_API",
        LEAD_SEARCH_API_URL="https://search.com/",
        LEAD_SEARCH_API_KEY="sk-search-0123456789",
    )

    def make(*answers: Found | ProviderFailed) -> Provider:
        made = Provider(list(answers))
        monkeypatch.setattr(run, "get_provider", lambda _: made)
        return made

    return make


def people(*numbers: int) -> list[Candidate]:
    return [Candidate(company=f"Clinic {n}", email=f"ada@clinic{n}.com") for n in numbers]


def test_a_search_asks_five_times_and_continues_later(
    customer: Customer, provider: Callable[..., Provider]
) -> None:
    api = provider(*(Found(people(n), f"c{n}") for n in range(9)))

    (search,) = find_leads(customer=customer, wanted=8, now=NOON)

    assert api.asked == [(8, ""), (7, "c0"), (6, "c1"), (5, "c2"), (4, "c3")]
    assert search.created == 5
    assert search.why == "Stopped after 5 requests. The next search continues."
    assert LeadSourceRun.objects.get().detail == f"Found 5 of 8. {search.why}"

    (search,) = find_leads(customer=customer, wanted=2, now=NOON)
    assert api.asked[5:] == [(2, "c4"), (1, "c5")]
    assert (search.created, search.why, search.detail) == (2, "", "")


def test_a_provider_that_gives_more_than_asked_adds_no_more(
    customer: Customer, provider: Callable[..., Provider]
) -> None:
    provider(Found(people(*range(30)), "c"))

    assert run_lead_source(customer=customer, now=NOON) == {"created": 10}


def test_an_answer_with_a_note_is_used_and_ends_the_search(
    customer: Customer, provider: Callable[..., Provider]
) -> None:
    api = provider(Found(people(1), "c", note="A later page failed."))

    (search,) = find_leads(customer=customer, wanted=3, now=NOON)

    assert (search.created, search.why, len(api.asked)) == (1, "A later page failed.", 1)
    assert SourceProgress.objects.get().cursor == "c"


def test_a_cursor_is_kept_as_far_as_a_database_takes_it(
    customer: Customer, provider: Callable[..., Provider]
) -> None:
    api = provider(Found(people(1), f"a\x00b\ud800{'c' * 600}"))

    find_leads(customer=customer, wanted=1, now=NOON)

    kept = f"a b {'c' * 496}"
    assert SourceProgress.objects.get().cursor == kept
    find_leads(customer=customer, wanted=1, now=NOON)
    assert api.asked[1] == (1, kept)


def test_a_search_ends_with_the_allowance(provider: Callable[..., Provider]) -> None:
    customer = load(CustomerFactory.create(subscription__leads_used=18))
    api = provider(Found(people(1, 2, 3, 4, 5), "c"))

    (search,) = find_leads(customer=customer, wanted=5, now=NOON)

    assert (search.created, len(api.asked)) == (2, 1)
    assert search.why == "The plan's lead allowance is used up."


def test_a_customer_without_a_niche_is_not_searched_for(
    customer: Customer, provider: Callable[..., Provider]
) -> None:
    customer.niche = " "
    api = provider(Found([], None))

    assert run_lead_source(customer=customer, now=NOON) == {}
    assert (api.asked, runs()) == ([], [])


def test_a_provider_that_fails_rests_longer_each_time(
    customer: Customer, provider: Callable[..., Provider]
) -> None:
    def rest(answer: Found | ProviderFailed) -> timedelta:
        provider(answer)
        find_leads(customer=customer, wanted=1, now=NOON)
        next_look_at = SourceProgress.objects.get().next_look_at
        return next_look_at - NOON if next_look_at else timedelta(0)

    failed = ProviderFailed("500", "It failed.")
    minutes = [rest(failed) / timedelta(minutes=1) for _ in range(8)]
    assert minutes == [5, 10, 20, 40, 80, 160, 320, 360]
    assert rest(Found(people(1), "c")) == timedelta(0)
    assert rest(ProviderFailed("429", "x", retry_after_seconds=60)) == timedelta(minutes=5)
    assert rest(ProviderFailed("429", "x", retry_after_seconds=3_600)) == timedelta(hours=1)
    assert rest(ProviderFailed("429", "x", retry_after_seconds=86_400)) == timedelta(hours=6)


def test_a_provider_with_nobody_else_rests_for_a_week(
    customer: Customer, provider: Callable[..., Provider]
) -> None:
    api = provider(Found(people(1), None))

    run_lead_source(customer=customer, now=NOON)
    week = NOON + timedelta(days=7)
    assert run_lead_source(customer=customer, now=week - timedelta(seconds=1)) == {}
    assert len(api.asked) == 1
    assert run_lead_source(customer=customer, now=week) == {"duplicate": 1}
    assert runs() == [("SEARCH_API", "OK", 1, 0), ("SEARCH_API", "OK", 0, 1)]


def test_credentials_that_arrive_end_the_rest_for_want_of_them(
    customer: Customer, configure: Callable[..., None], provider: Callable[..., Provider]
) -> None:
    api = provider(Found(people(1), "c"))
    SourceProgress.objects.create(
        customer=customer,
        provider="SEARCH_API",
        query="dental clinics | austin, texas",
        result="NO_CREDS",
        next_look_at=NOON + timedelta(hours=1),
    )

    assert run_lead_source(customer=customer, now=NOON)["created"] == 1
    # A rest for another reason stays.
    SourceProgress.objects.update(result="API_ERROR", next_look_at=NOON + timedelta(hours=1))
    asked = len(api.asked)
    assert run_lead_source(customer=customer, now=NOON) == {}
    assert len(api.asked) == asked


def test_the_fallback_finds_what_is_missing(
    customer: Customer, configure: Callable[..., None], provider: Callable[..., Provider]
) -> None:
    provider(Found(people(1, 2), "c"), ProviderFailed("500", "It failed."))
    configure(
        LEAD_SOURCE_PROVIDER="SEARCH_API",
        LEAD_SEARCH_API_URL="https://search.com/",
        LEAD_SEARCH_API_KEY="sk-search-0123456789",
        LEAD_SOURCE_FALLBACK="DUMMY_SEED",
    )

    assert run_lead_source(customer=customer, now=NOON) == {"created": 10, "errors": 1}

    assert runs() == [("SEARCH_API", "API_ERROR", 2, 0), ("DUMMY_SEED", "OK", 8, 0)]

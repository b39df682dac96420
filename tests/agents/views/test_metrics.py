"""/metrics: for whoever has the token, the same work for any number of customers, and
nothing about anybody."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import django
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import OutboxMail
from accounts.states import OutboxStatus
from agents.models import Breaker, Heartbeat, HourlyQuota, Message, SystemSettings
from agents.states import MessageMode, MessageStatus, TaskStatus
from billing.models import BillingEvent
from billing.states import EventStatus
from hossagent import __version__, schedule
from hossagent.config import Config
from tests.conftest import NOON
from tests.factories import CustomerFactory, LeadFactory, MessageFactory, TaskFactory
from tests.helpers.metrics import TOKEN, only, scrape

if TYPE_CHECKING:
    from collections.abc import Callable

    import time_machine

    from tests.helpers.clients import SiteClient

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def metrics_on(configure: Callable[..., None], at_noon: time_machine.Traveller) -> None:
    configure(METRICS_TOKEN=TOKEN)


def finish(message: Message, status: MessageStatus) -> None:
    """Bring a planned row to its end the way the database allows."""
    rows = Message.objects.filter(pk=message.pk)
    dry = status == MessageStatus.DRY_RUN
    for step in ("queued", "claimed") if dry else ("queued", "claimed", "sending"):
        rows.update(status=step, message_id=f"<{message.pk}@t>", sending_at=NOON)
    ended = None if status == MessageStatus.UNKNOWN else NOON
    rows.update(status=status, finished_at=ended, due_at=None)


def test_without_a_token_in_the_settings_there_is_no_page(
    client: SiteClient, configure: Callable[..., None]
) -> None:
    configure(METRICS_TOKEN="")

    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer wrong", TOKEN, f"Basic {TOKEN}", "Bearer é"]
)
def test_a_stranger_is_told_what_is_missing(client: SiteClient, given: str) -> None:
    answer = client.get("/metrics", headers={"Authorization": given})

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="metrics"')
    assert answer.content == b"The token is missing or wrong.\n"


def test_the_page_is_of_prometheus_and_never_kept(client: SiteClient) -> None:
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})

    assert answer["Content-Type"].startswith("text/plain; version=")
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies


def test_each_email_counts_where_it_ended(client: SiteClient) -> None:
    customer = CustomerFactory.create()
    endings = (
        (MessageMode.LIVE, MessageStatus.SENT, 3),
        (MessageMode.LIVE, MessageStatus.FAILED, 2),
        (MessageMode.LIVE, MessageStatus.UNKNOWN, 1),
        (MessageMode.DRY_RUN, MessageStatus.DRY_RUN, 4),
    )
    for mode, status, number in endings:
        for _ in range(number):
            lead = LeadFactory.create(customer=customer)
            finish(MessageFactory.create(lead=lead, mode=mode), status)
    HourlyQuota.objects.create(hour=NOON, mode="live", used=6)

    assert only(scrape(client), "hossagent_email") == {
        "hossagent_emails_total{mode=live,outcome=sent}": 3,
        "hossagent_emails_total{mode=live,outcome=failed}": 2,
        "hossagent_emails_total{mode=dry_run,outcome=written}": 4,
        "hossagent_emails_total{mode=dry_run,outcome=failed}": 0,
        "hossagent_email_slots_total{counter=live}": 6,
        "hossagent_email_slots_total{counter=dry_run}": 0,
        "hossagent_email_slots_total{counter=sandbox}": 0,
        "hossagent_emails_unknown": 1,
    }


def test_a_queue_has_a_length_and_the_age_of_its_oldest_row(client: SiteClient) -> None:
    customer = CustomerFactory.create(next_run_at=NOON + timedelta(hours=1))
    for ago in (30, 90, -90):
        TaskFactory.create(
            customer=customer, status=TaskStatus.PENDING, due_at=NOON - timedelta(seconds=ago)
        )

    found = only(scrape(client), "hossagent_queue")

    busy = {name: value for name, value in found.items() if value}
    assert busy == {
        "hossagent_queue_due{queue=tasks}": 2,
        "hossagent_queue_oldest_due_age_seconds{queue=tasks}": 90,
    }
    assert len(found) == 30


def test_what_waits_for_a_person_is_counted(client: SiteClient) -> None:
    Breaker.objects.create(code="bounces", scope="all", sentence="s", tripped_at=NOON)
    for number in (1, 2):
        Breaker.objects.create(
            code="bounces", scope=f"customer:{number}", sentence="s", tripped_at=NOON
        )
    for number, status in enumerate((OutboxStatus.FAILED, OutboxStatus.HELD, OutboxStatus.HELD)):
        OutboxMail.objects.create(
            kind="k", dedupe_key=str(number), to="ann@agency.test", subject="s", text="t",
            status=status, created_at=NOON, expires_at=NOON,
        )  # fmt: skip
    for state, due in (
        (EventStatus.PENDING, NOON + timedelta(hours=1)),
        (EventStatus.FAILED, None),
    ):
        BillingEvent.objects.create(
            event_id=f"evt_{state}", type="t", livemode=False, happened_at=NOON, status=state,
            received_at=NOON - timedelta(minutes=5), due_at=due,
        )  # fmt: skip
    SystemSettings.objects.update(outreach_stopped_at=NOON)

    names = (
        "hossagent_breakers",
        "hossagent_account_emails",
        "hossagent_stripe",
        "hossagent_webhook",
        "hossagent_autopilot",
        "hossagent_outreach",
    )
    assert only(scrape(client), *names) == {
        "hossagent_breakers_tripped{scope=all}": 1,
        "hossagent_breakers_tripped{scope=customer}": 2,
        "hossagent_account_emails{status=failed}": 1,
        "hossagent_account_emails{status=held}": 2,
        "hossagent_stripe_events_failed": 1,
        "hossagent_stripe_events_unprocessed": 1,
        "hossagent_stripe_events_lag_seconds": 300,
        "hossagent_webhook_last_received_age_seconds{webhook=stripe}": 300,
        "hossagent_autopilot_on": 1,
        "hossagent_outreach_stopped": 1,
    }


def test_a_loop_says_when_it_ran_and_what_it_did(client: SiteClient) -> None:
    Heartbeat.objects.create(
        loop="agents.sweep", beat_at=NOON - timedelta(seconds=20), runs=7, rows_done=3,
        failures=1, busy_seconds=0.5,
    )  # fmt: skip
    Heartbeat.objects.create(loop="agents.gone", beat_at=NOON)

    found = only(scrape(client), "hossagent_loop")

    periods = {name for name in found if name.startswith("hossagent_loop_period")}
    assert {name: value for name, value in found.items() if name not in periods} == {
        "hossagent_loop_last_beat_age_seconds{loop=agents.sweep}": 20,
        "hossagent_loop_runs_total{loop=agents.sweep}": 7,
        "hossagent_loop_rows_total{loop=agents.sweep}": 3,
        "hossagent_loop_failures_total{loop=agents.sweep}": 1,
        "hossagent_loop_busy_seconds_total{loop=agents.sweep}": 0.5,
    }
    assert len(periods) == len(schedule.loops(Config()))


def test_it_says_what_is_running(client: SiteClient) -> None:
    (build,) = only(scrape(client), "hossagent_build")

    assert f"django={django.get_version()}" in build
    assert f"version={__version__}" in build
    assert "release_mode=false" in build


def test_three_customers_and_thirty_cost_the_same(client: SiteClient) -> None:
    scrape(client)
    counted = []
    for more in (3, 27):
        for _ in range(more):
            lead = LeadFactory.create(customer=CustomerFactory.create(next_run_at=NOON))
            finish(MessageFactory.create(lead=lead, mode=MessageMode.LIVE), MessageStatus.SENT)
            TaskFactory.create(customer=lead.customer)
        with CaptureQueriesContext(connection) as queries:
            scrape(client)
        counted.append(len(queries))

    assert counted[0] == counted[1]


def test_no_label_says_who_anybody_is(client: SiteClient) -> None:
    customer = CustomerFactory.create(company="Zanzibar Secrets", email="ann@zanzibar.test")
    LeadFactory.create(customer=customer, company="Quiet Clinic", email="grace@quiet.test")
    client.get("/no-such-page-of-zanzibar")
    client.get(f"/portal/{customer.public_token}")

    text = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).content.decode()

    for secret in ("anzibar", "grace", "uiet", "ann@", customer.public_token, "no-such-page"):
        assert secret not in text


def test_requests_count_by_view_and_unknown_ones_as_one(client: SiteClient) -> None:
    before = scrape(client)
    client.get("/one-that-is-not-there")
    client.get("/another")
    client.generic("BREW", "/login")

    after = scrape(client)

    names = ("hossagent_http_requests_total", "hossagent_http_request_seconds_count")
    grown = {
        name: value - before.get(name, 0)
        for name, value in only(after, *names).items()
        if value != before.get(name, 0)
    }
    assert grown == {
        "hossagent_http_requests_total{method=GET,status=4xx,view=unknown}": 2,
        "hossagent_http_requests_total{method=OTHER,status=4xx,view=accounts:login}": 1,
        "hossagent_http_requests_total{method=GET,status=2xx,view=metrics}": 1,
        "hossagent_http_request_seconds_count{method=GET,view=unknown}": 2,
        "hossagent_http_request_seconds_count{method=OTHER,view=accounts:login}": 1,
        "hossagent_http_request_seconds_count{method=GET,view=metrics}": 1,
    }

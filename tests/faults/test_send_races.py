"""Each lock of the sending engine, alone: many threads behind a barrier, one may win.

Every test fails when its guard is taken away; the guard is named in its docstring.
"""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connections

from agents.mailboxes.services.transports import SendResult
from agents.models import DailyQuota, Lead, Mailbox, Message, SendAttempt, SystemSettings
from agents.outreach.services import send as engine
from agents.outreach.services.delivery import resolve_unknown
from agents.outreach.services.send.claim import Claimed, claim
from agents.outreach.services.send.limits import reserve_hour
from agents.outreach.services.send.record import record
from agents.outreach.services.send.sweep import sweep_next
from agents.states import MessageStatus
from tests.conftest import NOON
from tests.factories import CustomerFactory, LeadFactory, MessageFactory
from tests.fakes.mail import MailServer
from tests.helpers.live import later, make_live_customer, make_live_message, smtp_config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
THREADS = 8
begin: Callable[..., list[Message]] = vars(engine)["begin"]


@pytest.fixture(autouse=True)
def other_connections() -> Iterator[None]:
    yield
    connections.close_all()


@pytest.fixture(autouse=True)
def switches() -> None:
    """Tests of this kind empty every table afterwards, the operator's row included."""
    SystemSettings.objects.get_or_create(pk=1)


def at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """Each job in a thread of its own, started together; what they returned, in order."""
    barrier = threading.Barrier(len(jobs))
    results: list[Any] = [None] * len(jobs)

    def work(place: int, job: Callable[[], Any]) -> None:
        try:
            barrier.wait(timeout=30)
            results[place] = job()
        except Exception as error:  # noqa: BLE001 # shown by the assertion that reads it
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=item) for item in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [result for result in results if isinstance(result, Exception)] == []
    return results


@pytest.fixture
def server(configure: Callable[..., None]) -> Iterator[MailServer]:
    with MailServer() as running:
        configure(**smtp_config(running.port))
        yield running


def claim_each(messages: list[Message]) -> list[list[Claimed]]:
    """Every message under a lease of its own, as if each had another worker."""
    claimed = [claim(now=NOON, limit=1) for _ in messages]
    assert sorted(rows[0].pk for rows in claimed) == sorted(m.pk for m in messages)
    return claimed


def started(claimed: list[list[Claimed]]) -> list[int]:
    """All workers at the point of no return at once; the messages that passed it."""
    results = at_once(*[lambda rows=rows: begin(rows, now=NOON) for rows in claimed])
    return [message.pk for rows in results for message in rows]


def held() -> Counter[str]:
    return Counter(Message.objects.filter(status="queued").values_list("held_code", flat=True))


def test_of_many_workers_each_row_has_one() -> None:
    """The claim's row lock: without it two workers hold the same lease."""
    customer = CustomerFactory.create()
    messages = [
        MessageFactory.create(
            lead=LeadFactory.create(customer=customer), status=MessageStatus.QUEUED
        )
        for _ in range(40)
    ]

    def take() -> list[int]:
        mine: list[int] = []
        while rows := claim(now=NOON, limit=3):
            mine += [row.pk for row in rows]
        return mine

    taken = Counter(pk for pks in at_once(*[take] * THREADS) for pk in pks)

    assert taken == Counter({message.pk: 1 for message in messages})
    assert set(Message.objects.values_list("status", "fence")) == {("claimed", 1)}


def test_a_customer_s_day_and_cycle_are_shared_exactly(configure: Callable[..., None]) -> None:
    """The customer's lock: the limits of a dry run have no other."""
    configure(MAX_EMAILS_PER_CYCLE=5)
    customer = CustomerFactory.create()
    messages = [
        MessageFactory.create(
            lead=LeadFactory.create(customer=customer), status=MessageStatus.QUEUED
        )
        for _ in range(THREADS)
    ]

    started(claim_each(messages))

    assert Message.objects.filter(status="dry_run").count() == 5
    assert held() == {"cycle_cap": THREADS - 5}
    assert [(day.used, day.cycle_used) for day in DailyQuota.objects.all()] == [(5, 5)]


def test_one_mailbox_sends_one_mail_at_a_time(
    server: MailServer, configure: Callable[..., None]
) -> None:
    """The mailbox's lock: workers of different customers share the pause."""
    configure(MAX_EMAILS_PER_HOUR=50)
    messages = [make_live_message(make_live_customer()) for _ in range(THREADS)]

    passed = started(claim_each(messages))

    assert len(passed) == 1
    assert held() == {"pace": THREADS - 1}
    assert Mailbox.objects.get().next_send_at > NOON + timedelta(seconds=30)


def test_one_person_hears_from_one_customer_only(server: MailServer) -> None:
    """The mailbox's lock again: eight customers found the same person."""
    messages = []
    for _ in range(THREADS):
        customer = make_live_customer()
        lead = LeadFactory.create(customer=customer, email="grace@one.com", next_action_at=None)
        messages.append(make_live_message(customer, lead=lead))

    passed = started(claim_each(messages))

    assert len(passed) == 1
    assert sum(held().values()) == THREADS - 1
    assert set(held()) <= {"contact_gap", "pace", "domain_gap"}


def test_a_worker_whose_lease_was_taken_over_goes_no_further(server: MailServer) -> None:
    """The fence: the row is CLAIMED again, but by another."""
    message = make_live_message(make_live_customer())
    late = claim(now=NOON, limit=1)
    assert sweep_next(now=later(minutes=2)) is True
    new = claim(now=later(minutes=2), limit=1)
    assert [row.pk for row in late] == [row.pk for row in new] == [message.pk]

    assert begin(late, now=later(minutes=2)) == []
    message.refresh_from_db()
    assert (message.status, message.fence) == (MessageStatus.CLAIMED, new[0].fence)
    assert [row.pk for row in begin(new, now=later(minutes=2))] == [message.pk]


def test_the_last_slot_of_an_hour_goes_to_one() -> None:
    """The counter's condition: all read that a slot is free, one gets it."""
    reserve_hour(mode="live", wanted=9, limit=10, now=NOON)

    def take() -> int:
        return reserve_hour(mode="live", wanted=1, limit=10, now=NOON)

    assert sorted(at_once(*[take] * THREADS)) == [0] * (THREADS - 1) + [1]


def test_a_result_that_comes_too_late_changes_nothing(server: MailServer) -> None:
    """The guarded UPDATE of `move`: the row was settled while the worker slept."""
    message = make_live_message(make_live_customer())
    (row,) = begin(claim(now=NOON, limit=1), now=NOON)
    assert sweep_next(now=later(minutes=10)) is True
    assert resolve_unknown(message=message, was_sent=False, by="op@x.test", now=later(minutes=20))

    record(
        [(row, SendResult(success=True, mode="SMTP", error=None))],
        now=later(minutes=21),
    )

    message.refresh_from_db()
    assert (message.status, message.finished_at) == (MessageStatus.FAILED, later(minutes=20))
    assert Lead.objects.get(pk=message.lead_id).last_contacted_at is None
    outcomes = list(SendAttempt.objects.order_by("pk").values_list("outcome", "code"))
    assert outcomes == [("unknown", "crash"), ("success", "")]

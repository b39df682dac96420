"""Killed, stopped, cut off and refused: nobody gets two copies, nothing is lost silently.

`FAULT_KILLS=400 pytest tests/faults` makes hundreds of rounds of what is a few dozen here.
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connections

from agents.models import HourlyQuota, Message, SendAttempt
from agents.selectors.ledger import prove_ledger
from agents.services.send import sweep_next
from agents.services.send.quotas import reserve_hour
from hossagent.lib.calendars import hour_of
from tests.fakes.mail import MailServer
from tests.faults.clock import FastClock
from tests.faults.world import (
    START,
    audit,
    cut_connections,
    environment,
    hosts,
    make_clock,
    make_queue,
    open_messages,
    wait_for_kills,
    wait_until_settled,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

KILLS = int(os.environ.get("FAULT_KILLS", "40"))
SEED = int(os.environ.get("FAULT_SEED", "1"))


class BadDays(MailServer):
    """Keeps a mail a while before it says so; now and then refuses or hangs up."""

    def __init__(self, *, seed: int, bad: float = 0.0, slow: float = 0.02) -> None:
        super().__init__()
        self._dice = random.Random(seed)
        self._bad, self._slow = bad, slow
        self.counts: Counter[str] = Counter()
        self.arrivals: list[float] = []

    def wait_for_first(self, *, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not self.arrivals and time.monotonic() < deadline:
            time.sleep(0.02)
        assert self.arrivals, "no worker sent anything"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 # the library's hook
        import asyncio  # noqa: PLC0415 # the server's loop

        fate = self._dice.random()
        if fate < self._bad:
            self.counts["refused"] += 1
            return "451 4.3.2 not now"
        if fate < 2 * self._bad:
            self.counts["hung up before"] += 1
            server.transport.abort()
            return "451 4.3.2 not now"
        self.arrivals.append(time.time())
        answer = await super().handle_DATA(server, session, envelope)
        await asyncio.sleep(self._dice.uniform(0, self._slow))
        if fate < 3 * self._bad:
            self.counts["hung up after"] += 1
            server.transport.abort()
        return answer


@pytest.fixture(autouse=True)
def other_connections() -> Iterator[None]:
    yield
    connections.close_all()


def check_promises(clock: Any) -> None:
    broken = [
        (proof.promise, proof.broken)
        for proof in prove_ledger(now=clock())
        if not proof.holds and not proof.promise.startswith("No hour holds")
    ]
    assert broken == []


def test_nobody_gets_two_copies_whoever_is_killed_when(capsys: pytest.CaptureFixture[str]) -> None:
    """Two hosts of two workers; SIGKILL at random points; a server with bad days."""
    kills = KILLS
    people = max(240, kills * 6)
    make_queue(customers=6, messages=people)
    with BadDays(seed=SEED, bad=0.02) as server:
        # Two minutes of lease are two seconds here, the grace is ten.
        clock = make_clock(60)
        with hosts(
            count=2,
            workers=2,
            kills=kills // 2,
            clock=clock,
            env=environment(server.port),
            seed=SEED,
        ) as running:
            wait_for_kills(running)
            wait_until_settled(seconds=120)
        found = audit(server)

    with capsys.disabled():
        sys.stderr.write(f"\n  {kills} kills, {dict(server.counts)}: {found}\n")
    assert found["duplicates"] == 0
    assert found["sent_but_not_there"] == []
    assert found["there_but_failed"] == []
    assert set(found["statuses"]) <= {"sent", "failed", "unknown"}
    assert sum(found["statuses"].values()) == people
    # Unknown only where a crash or a lost connection fell between claim and result: at
    # most the few mails that a worker had in hand.
    unknown = found["statuses"].get("unknown", 0)
    assert unknown <= server.counts["hung up after"] + 20 * kills
    assert SendAttempt.objects.filter(outcome="unknown").count() >= unknown
    check_promises(clock)


def test_workers_that_sleep_through_their_lease_send_nothing_twice() -> None:
    """SIGSTOP for longer than lease and grace: the zombie's row is never another's."""
    make_queue(customers=3, messages=150)
    with BadDays(seed=SEED + 1) as server:
        # The lease is a fifth of a second, the grace one second; zombies sleep up to 2.5.
        clock = make_clock(600)
        with hosts(
            count=2,
            workers=2,
            kills=4,
            stops=12,
            every=0.15,
            clock=clock,
            env=environment(server.port),
            seed=SEED,
        ) as running:
            wait_for_kills(running)
            wait_until_settled(seconds=60)
            time.sleep(2.5)
        found = audit(server)

    assert found["duplicates"] == 0
    assert found["there_but_failed"] == found["sent_but_not_there"] == []
    assert sum(found["statuses"].values()) == 150
    check_promises(clock)


def test_a_database_that_cuts_its_clients_off_loses_nothing() -> None:
    make_queue(customers=3, messages=150)
    with BadDays(seed=SEED + 2) as server:
        clock = make_clock(60)
        with hosts(
            count=1, workers=4, kills=0, clock=clock, env=environment(server.port), seed=SEED
        ) as running:
            cut_connections(times=10, every=0.15, seed=SEED)
            wait_for_kills(running)
            wait_until_settled(seconds=60)
        found = audit(server)

    assert found["duplicates"] == 0
    assert found["there_but_failed"] == found["sent_but_not_there"] == []
    assert sum(found["statuses"].values()) == 150
    check_promises(clock)


def test_eight_workers_use_an_hour_up_exactly_and_never_pass_it() -> None:
    """The clock moves over three hour boundaries; an hour is twelve seconds long."""
    limit = 20
    make_queue(customers=4, messages=limit * 8)
    with BadDays(seed=SEED + 3, slow=0.005) as server:
        clock = FastClock(START + timedelta(minutes=35), time.time(), 300)
        with hosts(
            count=2,
            workers=4,
            kills=0,
            clock=clock,
            env=environment(server.port, MAX_EMAILS_PER_HOUR=limit),
            seed=SEED,
        ):
            server.wait_for_first(seconds=60)
            # Full hours are those that begin when the workers are at it.
            began = hour_of(clock())
            while clock() < began + timedelta(hours=3, minutes=5):
                time.sleep(0.05)
        time.sleep(0.3)

    used = {quota.hour: quota.used for quota in HourlyQuota.objects.order_by("hour")}
    on_the_wire = Counter(hour_of(clock.at(wall)) for wall in server.arrivals)
    full = [began + timedelta(hours=n) for n in (1, 2)]
    assert [used[hour] for hour in full] == [limit] * 2
    assert max(used.values()) == limit
    assert [on_the_wire[hour] for hour in full] == [limit] * 2
    assert max(on_the_wire.values()) <= limit
    assert Counter(letter.recipients[0] for letter in server.letters).most_common(1)[0][1] == 1
    assert Message.objects.filter(held_code="hourly_cap").exists()


def test_the_counter_alone_gives_out_exactly_its_slots() -> None:
    """Eight threads behind a barrier, odd numbers wanted at once, over three hours."""
    limit, barrier = 101, threading.Barrier(8)
    granted: Counter[Any] = Counter()
    lock = threading.Lock()

    def take(seed: int) -> None:
        dice = random.Random(seed)
        try:
            barrier.wait()
            for step in range(60):
                now = START + timedelta(hours=step // 20)
                got = reserve_hour(mode="live", wanted=dice.randint(1, 5), limit=limit, now=now)
                with lock:
                    granted[hour_of(now)] += got
        finally:
            connections.close_all()

    threads = [threading.Thread(target=take, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert list(granted.values()) == [limit] * 3
    assert set(HourlyQuota.objects.values_list("used", flat=True)) == {limit}


def test_the_sweeper_settles_what_is_left_when_every_worker_is_gone() -> None:
    make_queue(customers=1, messages=3)
    rows = Message.objects.order_by("pk")
    first, second = rows[0].pk, rows[1].pk
    Message.objects.filter(pk__in=[first, second]).move(
        source="queued", target="claimed", due_at=START
    )
    Message.objects.filter(pk=first).move(
        source="claimed", target="sending", message_id="<1@x>", sending_at=START, due_at=START
    )

    while sweep_next(now=START + timedelta(seconds=1)):
        pass

    assert list(rows.values_list("status", flat=True)) == ["unknown", "queued", "queued"]
    assert open_messages() == 2

"""Killed, stopped, cut off and refused: nobody gets two copies, nothing is lost silently.

`FAULT_KILLS=400 pytest tests/faults` makes hundreds of rounds of what is a few dozen here.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import sys
import threading
import time
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connections

from agents.models import HourlyQuota, Message
from agents.outreach.services.send import sweep_next
from agents.outreach.services.send.limits import reserve_hour
from agents.reports.selectors.reconcile import verify_ledger
from hossagent.lib.calendars import hour_of
from tests.fakes.mail import MailServer
from tests.faults.clock import FastClock
from tests.faults.cluster import own_cluster
from tests.faults.journal import Journal
from tests.faults.world import (
    ANSWER_WITHIN,
    START,
    audit,
    check_unknown,
    cut_connections,
    database_url,
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
    from pathlib import Path

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

KILLS = int(os.environ.get("FAULT_KILLS", "40"))
SEED = int(os.environ.get("FAULT_SEED", "1"))


class BadDays(MailServer):
    """Keeps a mail a while before it says so; now and then it refuses, for now or for
    good, hangs up before or after it has kept the mail, or says nothing for a long time."""

    def __init__(self, *, seed: int, bad: float = 0.0, slow: float = 0.02) -> None:
        super().__init__()
        self._dice = random.Random(seed)
        self._bad, self._slow = bad, slow
        self.counts: Counter[str] = Counter()
        self.arrivals: list[float] = []
        # Messages by key: no answer was given, and a final no.
        self.silent: set[int] = set()
        self.refused: set[int] = set()

    def wait_for_first(self, *, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not self.arrivals and time.monotonic() < deadline:
            time.sleep(0.02)
        assert self.arrivals, "no worker sent anything"

    def _fate(self) -> str:
        dice = int(self._dice.random() / self._bad) if self._bad else len(FATES)
        fate = FATES[dice] if dice < len(FATES) else "kept"
        self.counts[fate] += 1
        return fate

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 # the library's hook
        fate, pk = self._fate(), pk_of(envelope.original_content)
        if fate == "refused for now":
            return "451 4.3.2 not now"
        if fate == "refused for good":
            self.refused.add(pk)
            return "550 5.3.0 we do not want it"
        if fate == "hung up before":
            self.silent.add(pk)
            server.transport.abort()
            return "451 4.3.2 not now"
        self.arrivals.append(time.time())
        answer = await super().handle_DATA(server, session, envelope)
        await asyncio.sleep(self._dice.uniform(0, self._slow))
        if fate == "hung up after":
            self.silent.add(pk)
            server.transport.abort()
        if fate == "said nothing":
            self.silent.add(pk)
            await asyncio.sleep(2 * ANSWER_WITHIN)
        return answer


FATES = ("refused for now", "refused for good", "hung up before", "hung up after", "said nothing")


def pk_of(raw: bytes) -> int:
    """The message that a mail was made of, by its Message-ID."""
    found = re.search(rb"^Message-ID: <(\d+)\.", raw, re.MULTILINE)
    assert found is not None
    return int(found[1])


@pytest.fixture(autouse=True)
def other_connections() -> Iterator[None]:
    yield
    connections.close_all()


def check_promises(clock: Any) -> None:
    broken = [
        (proof.promise, proof.broken)
        for proof in verify_ledger(now=clock())
        if not proof.holds and not proof.promise.startswith("No hour has")
    ]
    assert broken == []


def test_nobody_gets_two_copies_whoever_is_killed_when(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
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
            env=environment(server.port, journal=tmp_path),
            seed=SEED,
        ) as running:
            wait_for_kills(running)
            wait_until_settled(seconds=120)
        found = audit(server)
        journal = Journal.read(tmp_path)

    with capsys.disabled():
        sys.stderr.write(f"\n  {kills} kills, {dict(server.counts)}: {found}\n")
    assert found["duplicates"] == 0
    assert found["sent_but_not_there"] == []
    assert found["there_but_failed"] == []
    assert set(found["statuses"]) <= {"sent", "failed", "unknown"}
    assert sum(found["statuses"].values()) == people
    assert journal.killed == kills
    check_unknown(journal, silent=server.silent)
    failed = Message.objects.filter(status="failed").values_list("pk", flat=True)
    assert set(failed) <= server.refused
    check_promises(clock)


def test_workers_asleep_past_their_lease_send_nothing_twice(tmp_path: Path) -> None:
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
            env=environment(server.port, journal=tmp_path),
            seed=SEED,
        ) as running:
            wait_for_kills(running)
            wait_until_settled(seconds=60)
            time.sleep(2.5)
        found = audit(server)
        check_unknown(Journal.read(tmp_path), silent=server.silent)

    assert found["duplicates"] == 0
    assert found["there_but_failed"] == found["sent_but_not_there"] == []
    assert sum(found["statuses"].values()) == 150
    check_promises(clock)


def test_a_database_that_cuts_its_clients_off_loses_nothing(tmp_path: Path) -> None:
    make_queue(customers=3, messages=150)
    with BadDays(seed=SEED + 2) as server:
        clock = make_clock(60)
        with hosts(
            count=1,
            workers=4,
            kills=0,
            clock=clock,
            env=environment(server.port, journal=tmp_path),
            seed=SEED,
        ) as running:
            cut_connections(times=10, every=0.15, seed=SEED)
            wait_for_kills(running)
            wait_until_settled(seconds=60)
        found = audit(server)
        check_unknown(Journal.read(tmp_path), silent=server.silent)

    assert found["duplicates"] == 0
    assert found["there_but_failed"] == found["sent_but_not_there"] == []
    assert sum(found["statuses"].values()) == 150
    check_promises(clock)


def test_a_database_that_crashes_and_restarts_loses_nothing(tmp_path: Path) -> None:
    """A whole Postgres server is stopped without warning, four times, under two hosts."""
    make_queue(customers=3, messages=400)
    with BadDays(seed=SEED + 4) as server, own_cluster(database_url()) as cluster:
        clock = make_clock(60)
        with hosts(
            count=2,
            workers=2,
            kills=0,
            clock=clock,
            env=environment(server.port, journal=tmp_path),
            seed=SEED,
        ):
            server.wait_for_first(seconds=60)
            dice = random.Random(SEED)
            kept = [len(server.letters)]
            for _ in range(4):
                time.sleep(dice.uniform(0.1, 0.6))
                cluster.crash()
                kept.append(len(server.letters))
                cluster.start()
            wait_until_settled(seconds=90)
        found = audit(server)
        journal = Journal.read(tmp_path)
        check_unknown(journal, silent=set())
        check_promises(clock)

    # The crashes fell into the work, not before or after it.
    assert kept[0] < kept[-1] < 400
    assert journal.broken
    assert found["duplicates"] == 0
    assert found["there_but_failed"] == found["sent_but_not_there"] == []
    assert set(found["statuses"]) <= {"sent", "unknown"}
    assert sum(found["statuses"].values()) == 400


def test_eight_workers_use_an_hour_up_exactly_and_never_pass_it() -> None:
    """The clock moves over three hour boundaries; an hour is twelve seconds long, and its
    last four are the guard's."""
    limit = 20
    make_queue(customers=4, messages=limit * 8)
    with BadDays(seed=SEED + 3, slow=0.005) as server:
        began, clock = work_for(
            timedelta(hours=3, minutes=5), starts=35, server=server, MAX_EMAILS_PER_HOUR=limit
        )

    used, on_the_wire = used_and_on_the_wire(server, clock)
    full = [began + timedelta(hours=n) for n in (1, 2)]
    assert [used[hour] for hour in full] == [limit] * 2
    assert max(used.values()) == limit
    # What was on its way when the hosts ended is of the last hour.
    ended = [began, *full]
    assert [on_the_wire[hour] for hour in ended] == [used[hour] for hour in ended]
    assert max(on_the_wire.values()) <= limit
    assert Counter(letter.recipients[0] for letter in server.letters).most_common(1)[0][1] == 1
    assert Message.objects.filter(held_code="hourly_cap").exists()


def test_every_mail_is_on_the_wire_in_the_hour_that_counted_it() -> None:
    """More mails are due than the hour can take, so all workers are at it when it ends."""
    make_queue(customers=4, messages=4_000)
    with BadDays(seed=SEED + 5, slow=0.1) as server:
        began, clock = work_for(
            timedelta(hours=1, minutes=10), starts=15, server=server, MAX_EMAILS_PER_HOUR=100_000
        )

    used, on_the_wire = used_and_on_the_wire(server, clock)
    assert list(used) == list(on_the_wire) == [began, began + timedelta(hours=1)]
    assert on_the_wire[began] == used[began]
    assert Message.objects.filter(held_code="hour_guard").exists()


def work_for(
    span: timedelta, *, starts: int, server: BadDays, **config: Any
) -> tuple[Any, FastClock]:
    """Eight workers on two hosts, from minute `starts` of an hour that lasts twelve seconds
    until `span` after its beginning. Returns the hour of the first mail, and the clock."""
    clock = FastClock(hour_of(START) + timedelta(minutes=starts), time.time(), 300)
    env = environment(server.port, FAULT_WIRE_SECONDS=3, **config)
    with hosts(count=2, workers=4, kills=0, clock=clock, env=env, seed=SEED):
        server.wait_for_first(seconds=60)
        began = hour_of(clock.at(server.arrivals[0]))
        while clock() < began + span:
            time.sleep(0.05)
    time.sleep(0.3)
    return began, clock


def used_and_on_the_wire(
    server: BadDays, clock: FastClock
) -> tuple[dict[Any, int], dict[Any, int]]:
    """The mails of each hour, as they were counted and as they arrived."""
    quotas = HourlyQuota.objects.order_by("hour").values_list("hour", "used")
    arrived = Counter(hour_of(clock.at(wall)) for wall in server.arrivals)
    return dict(quotas), dict(sorted(arrived.items()))


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


def test_sweeper_resolves_what_dead_workers_left() -> None:
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

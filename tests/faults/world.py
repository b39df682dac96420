"""A queue of real mail, a mail server with bad days, and hosts that die under load."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime
from datetime import time as clock_time
from typing import TYPE_CHECKING, Any

from django.db import connection

from agents.models import DailyQuota, Lead, Message, SendAttempt
from agents.states import MessageMode, MessageStatus, QuotaMode
from hossagent.config import BASE_DIR
from hossagent.lib.text import company_key, registrable_domain
from tests.factories import ProfileFactory
from tests.faults.clock import FastClock
from tests.faults.journal import FOLDER
from tests.helpers.live import make_live_customer, smtp_config

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.fakes.mail import MailServer
    from tests.faults.journal import Journal

# How long a worker here waits for a silent server; fifteen seconds in production.
ANSWER_WITHIN = 2.5
# A Wednesday, ten minutes past an hour.
START = datetime(2026, 3, 4, 15, 10, tzinfo=UTC)


def make_clock(speed: float) -> FastClock:
    return FastClock(START, time.time(), speed)


def make_queue(*, customers: int, messages: int) -> None:
    """`messages` due live openers, each to its own company, windows open day and night."""
    owners = [make_live_customer(now=START) for _ in range(customers)]
    for owner in owners:
        ProfileFactory._meta.model.objects.filter(customer=owner).update(
            window_start=clock_time(0),
            window_end=clock_time(23, 59, 59),
            window_weekdays=list(range(7)),
        )
        DailyQuota.objects.create(
            customer=owner, day=START.date(), mode=QuotaMode.LIVE, limit=100_000
        )
    leads = Lead.objects.bulk_create(
        Lead(
            customer=owners[n % customers],
            company=f"Company {n}",
            contact_name="Grace Hopper",
            email=f"grace@company{n}.com",
            email_key=f"grace@company{n}.com",
            company_key=company_key(f"Company {n}"),
            domain=registrable_domain(f"company{n}.com"),
            source="faults",
            reason="It is in the queue.",
            country="US",
            created_at=START,
        )
        for n in range(messages)
    )
    Message.objects.bulk_create(
        Message(
            customer=lead.customer,
            lead=lead,
            step=0,
            mode=MessageMode.LIVE,
            status=MessageStatus.QUEUED,
            subject=f"A question for {lead.company}",
            body="Hello Grace,\n\nwould ten minutes next week suit you?\n",
            written_by="templates",
            created_at=START,
            due_at=START,
        )
        for lead in leads
    )


def database_url() -> str:
    """The database that Django's connection leads to at the moment."""
    database = connection.settings_dict
    return (
        f"postgres://{database['USER']}:{database['PASSWORD']}@{database['HOST']}:"
        f"{database['PORT']}/{database['NAME']}"
    )


def environment(port: int, *, journal: Path | None = None, **more: Any) -> dict[str, str]:
    """What a host needs: the product's settings on this test's database and server."""
    values = {**smtp_config(port), "MAX_EMAILS_PER_CYCLE": 10_000, **more}
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "hossagent.settings",
        "HOSSAGENT_ENV_FILE": "",
        "SESSION_SECRET": "only-for-tests",
        "LOG_LEVEL": "ERROR",
        "DATABASE_URL": database_url(),
        "FAULT_DATA_TIMEOUT": str(ANSWER_WITHIN),
        **({} if journal is None else {FOLDER: str(journal)}),
        **{
            name: str(value).upper() if isinstance(value, bool) else str(value)
            for name, value in values.items()
        },
    }


@contextmanager
def hosts(
    *,
    count: int,
    workers: int,
    kills: int,
    stops: int = 0,
    every: float = 0.06,
    clock: FastClock,
    env: dict[str, str],
    seed: int,
) -> Iterator[list[subprocess.Popen[str]]]:
    """`count` host processes; ended, with all their workers, on the way out."""
    running = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.faults.host",
                *map(str, (seed + n, workers, kills, stops, every)),
                *clock.arguments(),
            ],
            cwd=BASE_DIR,
            env=env,
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(count)
    ]
    try:
        yield running
    finally:
        for process in running:
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert process.stdout is not None
            process.stdout.close()


def wait_for_kills(running: list[subprocess.Popen[str]]) -> dict[str, int]:
    """Until every host has used up its kills; their sums."""
    total: Counter[str] = Counter()
    for process in running:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, "a host died"
        total.update(json.loads(line))
    return dict(total)


def open_messages() -> int:
    return Message.objects.filter(due_at__isnull=False).count()


def wait_until_settled(*, seconds: float) -> None:
    """Until no message is on its way any more."""
    deadline = time.monotonic() + seconds
    while open_messages():
        if time.monotonic() > deadline:
            left = Counter(
                Message.objects.filter(due_at__isnull=False).values_list("status", "held_code")
            )
            raise AssertionError(f"still open after {seconds} s: {left}")
        time.sleep(0.1)


def cut_connections(*, times: int, every: float, seed: int) -> None:
    """What a restart of the database does to its clients, at random moments."""
    dice = random.Random(seed)
    for _ in range(times):
        time.sleep(dice.uniform(0.3, 1.7) * every)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


def audit(server: MailServer) -> dict[str, Any]:
    """Compare what the server has with what the rows say."""
    copies = Counter(letter.recipients[0] for letter in server.letters)
    rows = list(
        Message.objects.exclude(status=MessageStatus.CANCELED).values_list("lead__email", "status")
    )
    status = dict(rows)
    assert len(status) == len(rows), "one row per lead"
    return {
        "people": Lead.objects.count(),
        "delivered": len(copies),
        "duplicates": sum(copies.values()) - len(copies),
        "statuses": dict(Counter(status.values())),
        "sent_but_not_there": sorted(e for e, s in status.items() if s == "sent" and not copies[e]),
        "there_but_failed": sorted(e for e, s in status.items() if s == "failed" and copies[e]),
        "unknown_and_there": sum(1 for e, s in status.items() if s == "unknown" and copies[e]),
    }


def check_unknown(journal: Journal, *, silent: set[int]) -> None:
    """UNKNOWN is exactly: the point of no return was passed, and no result is known.

    `silent` are the messages that the server never answered for. A result may be missing
    only where a worker was killed with the message in hand, or its transaction broke.
    """
    began = set(Message.objects.exclude(sending_at=None).values_list("pk", flat=True))
    unknown = set(Message.objects.filter(status="unknown").values_list("pk", flat=True))
    results = dict(
        SendAttempt.objects.filter(outcome__in=["success", "fail", "unknown"])
        .exclude(code="crash")
        .values_list("message_pk", "outcome")
    )
    without_result = began - set(results)
    not_answered = {pk for pk, outcome in results.items() if outcome == "unknown"}

    assert journal.past_the_point <= began
    assert without_result <= journal.in_hand | journal.broken
    assert unknown == without_result | not_answered
    # And nobody is called silent who was not, nor the reverse.
    assert not_answered <= silent
    assert silent - not_answered <= without_result

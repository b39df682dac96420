"""Mails per second from claim to record, against django-post_office; then both are killed.

    python -m benchmarks.send [--messages 4000] [--rounds 3] [--memory 10000] [--kills 12]
        [--parts speed gate memory kills]

Needs Postgres: BENCH_DATABASE_URL (default postgres://postgres@127.0.0.1:5432/postgres).
Both send the same texts to the same server from one process on the same database, with
the same synchronous commits, alternating in each round. What each side promises differs:

* ours commits that a batch of at most a hundred is about to leave (gate, counters,
  Message-ID, fence of each) before the network is touched, and the results after at most a
  quarter of a second. A crash leaves the batch's rows UNKNOWN, which are never sent again.
* django-post_office (five threads, batches of a hundred: its defaults) writes nothing
  before a mail leaves and marks a batch as sent after all of it. A crash sends again.

It asks no gate, keeps no attempts and moves no leads; ours does all of it in the time that
is measured. Its log is off. Our clock runs twenty times as fast, because the pause between
two mails, at the highest hourly cap, would be longer than what is measured.

Each side's tables hold mails of the day before, so that the database plans for a service
that has been running. Twenty customers have as many mails each, so that ours, too, leave
by the hundred. The server takes commands in a row (PIPELINING), as the large ones do; ours
uses that, Django's SMTP backend cannot. `--memory 50000` is the long run over a growing table.
"""

from __future__ import annotations

import argparse
import gc
import logging
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.send_queues import PAST, queue_ours, queue_theirs

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
DATABASE = os.environ.get("BENCH_DATABASE", "bench_send")
SPEED = 20
PARTS = ("speed", "gate", "memory", "kills")


@contextmanager
def sink(*, port: int, slow: float = 0.0) -> Iterator[Path]:
    """A mail server in a process of its own; yields the file of accepted recipients."""
    with tempfile.NamedTemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.sink", str(port), log.name, str(slow)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield Path(log.name)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


def accepted(log: Path) -> Counter[str]:
    return Counter(log.read_text().split())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def drain_ours(clock: Any, on_step: Any = None) -> None:
    """Until nothing is on its way any more; a pause of the mailbox is waited for."""
    from agents.models import Message  # noqa: PLC0415 # settings come first
    from agents.outreach.services.send import send_next, sweep_next  # noqa: PLC0415 # settings come first

    while True:
        while send_next(now=clock()) or sweep_next(now=clock()):
            if on_step:
                on_step()
        if not Message.objects.filter(due_at__isnull=False).exists():
            return
        time.sleep(0.001)


def drain_theirs() -> None:
    from post_office.mail import send_queued_mail_until_done  # noqa: PLC0415 # settings come first

    send_queued_mail_until_done(processes=1)


def rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


# --- The parts ------------------------------------------------------------------------


def measure_speed(*, messages: int, rounds: int, log: Path) -> None:
    from tests.faults.world import make_clock  # noqa: PLC0415 # settings come first

    rates: dict[str, list[float]] = {"ours": [], "post_office": []}
    for number in range(rounds):
        for name in ("ours", "post_office") if number % 2 == 0 else ("post_office", "ours"):
            (queue_ours if name == "ours" else queue_theirs)(messages)
            before = sum(accepted(log).values())
            clock = make_clock(SPEED)
            began = time.perf_counter()
            drain_ours(clock) if name == "ours" else drain_theirs()
            took = time.perf_counter() - began
            arrived = sum(accepted(log).values()) - before
            assert arrived == messages, f"{name}: {arrived} of {messages} arrived"
            check_rows(name, messages)
            rates[name].append(messages / took)
            print(f"  round {number + 1} {name:12} {messages / took:8.0f} mails/s", flush=True)
    ours, theirs = median(rates["ours"]), median(rates["post_office"])
    print(f"one process, {messages} mails: ours {ours:.0f}/s, django-post_office {theirs:.0f}/s")
    print(f"ratio {ours / theirs:.2f} (target 1.5)")


def check_rows(name: str, messages: int) -> None:
    from post_office.models import STATUS, Email  # noqa: PLC0415 # settings come first

    from agents.models import Message, SendAttempt  # noqa: PLC0415 # settings come first

    if name == "ours":
        assert Message.objects.filter(status="sent").count() == PAST + messages
        assert SendAttempt.objects.filter(outcome="success").count() == messages
    else:
        sent = Email._default_manager.filter(status=STATUS.sent)  # noqa: SLF001 # it names no manager
        assert sent.count() == PAST + messages


def measure_gate(*, count: int = 1_000) -> None:
    from django.db import connection, reset_queries  # noqa: PLC0415 # settings come first

    from agents.models import Message  # noqa: PLC0415 # settings come first
    from agents.outreach import gate  # noqa: PLC0415 # settings come first
    from agents.outreach.selectors.gather import get_send_facts  # noqa: PLC0415 # settings come first
    from tests.faults.world import make_clock  # noqa: PLC0415 # settings come first

    queue_ours(count)
    now = make_clock(SPEED)()
    rows = (
        Message.objects.filter(status="queued")
        .select_related("lead__conversation", "customer__profile", "customer__subscription")
        .order_by("pk")
    )
    connection.force_debug_cursor = True
    for size in (20, count):
        reset_queries()
        began = time.perf_counter()
        passed = 0
        for start in range(0, count, size):
            batch = list(rows[start : start + size])
            facts = get_send_facts(messages=batch, now=now, problems={})
            passed += sum(gate.check_send(facts[row.pk]) is None for row in batch)
        took = (time.perf_counter() - began) * 1000
        assert passed == count
        print(
            f"gate, {count} due messages in batches of {size}: {took:.0f} ms, "
            f"{len(connection.queries)} queries"
        )
    connection.force_debug_cursor = False


def measure_memory(*, messages: int, log: Path) -> None:
    from tests.faults.world import make_clock  # noqa: PLC0415 # settings come first

    queue_ours(messages)
    gc.collect()
    base, began, marks = sum(accepted(log).values()), time.perf_counter(), [rss_mb()]
    drain_ours(make_clock(SPEED), lambda: marks.append(rss_mb()))
    took = time.perf_counter() - began
    arrived = sum(accepted(log).values()) - base
    assert arrived == messages
    shown = " ".join(f"{mark:.0f}" for mark in marks[:: max(1, len(marks) // 20)])
    print(f"memory over {messages} mails ({messages / took:.0f}/s): {shown} MB")
    late = marks[len(marks) // 3 :]
    print(f"growth over the last two thirds: {max(late) - late[0]:.1f} MB")


def kill_under_load(*, name: str, messages: int, kills: int, seed: int) -> None:
    """Restart a sending process until its queue is empty, killing it on the way."""
    from django.db import connections  # noqa: PLC0415 # settings come first

    from tests.faults.world import make_clock  # noqa: PLC0415 # settings come first

    port, dice = free_port(), random.Random(seed)
    (queue_ours if name == "ours" else queue_theirs)(messages)
    clock = make_clock(60)
    connections.close_all()
    killed = 0
    with sink(port=port, slow=0.02) as log:
        while True:
            process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.send", "--child", name, *clock.arguments()],
                cwd=ROOT,
                env={**os.environ, "SMTP_PORT": str(port), "BENCH_DATABASE": DATABASE},
                stdout=subprocess.PIPE,
                text=True,
            )
            assert process.stdout is not None
            process.stdout.readline()
            if killed < kills:
                time.sleep(dice.uniform(0.05, 0.4))
                process.send_signal(signal.SIGKILL)
                was_killed = process.wait() == -signal.SIGKILL
                process.stdout.close()
                if was_killed:
                    killed += 1
                    continue
                break  # it was done before
            process.wait(timeout=120)
            process.stdout.close()
            break
        copies = accepted(log)
    doubles = sum(copies.values()) - len(copies)
    print(
        f"{name:12} {killed} kills: {len(copies)} of {messages} people reached, "
        f"{doubles} duplicates{_unknown(name)}"
    )


def _unknown(name: str) -> str:
    from agents.models import Message  # noqa: PLC0415 # settings come first

    if name != "ours":
        return ""
    return f", {Message.objects.filter(status='unknown').count()} left as UNKNOWN for evidence"


def child(name: str, clock_arguments: list[str]) -> None:
    """A sending process of the kill test; ends when its queue is empty."""
    from tests.faults.clock import FastClock  # noqa: PLC0415 # settings come first

    print("ready", flush=True)
    if name != "ours":
        drain_theirs()
        return
    drain_ours(FastClock.parse(*clock_arguments))


def set_up(port: int) -> None:
    os.environ.setdefault(
        "TEST_DATABASE_URL",
        os.environ.get("BENCH_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres"),
    )
    os.environ["TEST_DATABASE_NAME"] = DATABASE
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.send_settings"
    os.environ.setdefault("SESSION_SECRET", "only-for-benchmarks")
    os.environ["HOSSAGENT_ENV_FILE"] = ""
    os.environ["LOG_LEVEL"] = "ERROR"
    os.environ["SMTP_PORT"] = str(port)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=4_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--memory", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=12)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--child", nargs=4, metavar=("NAME", "START", "BEGAN", "SPEED"))
    options = parser.parse_args()
    port = int(os.environ["SMTP_PORT"]) if options.child else free_port()
    set_up(port)
    for name, value in LIVE.items():
        os.environ[name] = value
    import django  # noqa: PLC0415 # the environment is complete now

    django.setup()
    import post_office.mail  # noqa: F401, PLC0415 # it makes its logger here

    logging.getLogger("post_office").setLevel(logging.ERROR)
    from django.db import connection  # noqa: PLC0415 # settings come first

    if options.child:
        connection.settings_dict["NAME"] = DATABASE
        child(options.child[0], options.child[1:])
        return
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        with sink(port=port) as log:
            if "speed" in options.parts:
                measure_speed(messages=options.messages, rounds=options.rounds, log=log)
            if "gate" in options.parts:
                measure_gate()
            if "memory" in options.parts:
                measure_memory(messages=options.memory, log=log)
        if "kills" in options.parts:
            for name in ("ours", "post_office"):
                kill_under_load(name=name, messages=600, kills=options.kills, seed=1)
    finally:
        connection.close()
        connection.creation.destroy_test_db("postgres", verbosity=0)


# The environment of a service that may send: the same names that the product documents.
LIVE = {
    "EMAIL_MODE": "SMTP",
    "SMTP_HOST": "127.0.0.1",
    "SMTP_USE_TLS": "FALSE",
    "SMTP_FROM_EMAIL": "ada@agency.com",
    "IMAP_HOST": "127.0.0.1",
    "IMAP_USERNAME": "ada@agency.com",
    "IMAP_PASSWORD": "secret-of-ada",
    "BASE_URL": "https://app.agency.com",
    "MAX_EMAILS_PER_HOUR": "1000000",
    "MAX_EMAILS_PER_CYCLE": "10000",
}

if __name__ == "__main__":
    main()

"""Two versions of the workers on one database, while email leaves; then back again.

    python -m scripts.rolling_upgrade COMMIT [--seconds 60] [--per-second 10]

Needs Postgres (TEST_DATABASE_URL) and Redis (TEST_REDIS_URL; its database is emptied). COMMIT
is the older version. Everything runs as processes of their own against a mail server and a
mailbox on this machine:

1. the old version alone, 2. this version migrates while the old one sends, 3. both at once
for so many seconds, 4. this version alone, 5. back: the old version alone on the new tables.

Ends with 1 when anybody got a message twice, a message is lost or UNKNOWN, a log has an
ERROR or a traceback, or the ledger does not hold by either version's own check.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg
import redis

from benchmarks.send import accepted, free_port, sink
from hossagent.config import BASE_DIR
from tests.fakes.imap_server import ImapServer, write_certificate
from tests.upgrade.release import FILL, QUIET, Release, check_out, environment, live_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SERVER = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/14")
NAME = "hossagent_rolling"
# Long enough for a worker to finish what it has in hand and to end.
STOPPING_SECONDS = 60


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class Workers:
    """Two workers and beat of one version, writing one log."""

    def __init__(self, name: str, code: Path, env: Mapping[str, str], log: Path) -> None:
        self.name, self.code, self.env, self.log = name, code, env, log
        self.processes: list[subprocess.Popen[bytes]] = []
        self.log.touch()

    def start(self) -> None:
        for queues, children in (("dispatch,send", "2"), ("ops", "1")):
            node = f"{self.name}-{queues}@%h"
            self._celery("worker", "-Q", queues, "-c", children, "-n", node)

    def start_beat(self) -> None:
        # The first release's own kind fails now and then when it is stopped.
        self._celery("beat", "--scheduler", "celery.beat:Scheduler")

    def _celery(self, *command: str) -> None:
        program = [sys.executable, "-m", "celery", "-A", "hossagent", *command]
        with self.log.open("ab") as out:
            process = subprocess.Popen(
                [*program, "--loglevel", "INFO"],
                cwd=self.code,
                env=environment(self.env),
                stdout=out,
                stderr=out,
            )
        self.processes.append(process)

    def stop(self) -> None:
        """In order, as an operator does: what is in hand is finished."""
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        for process in self.processes:
            process.wait(timeout=STOPPING_SECONDS)
        self.processes.clear()

    def kill(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()

    def errors(self) -> list[str]:
        text = self.log.read_text("utf-8", "replace")
        found = re.findall(r"^.*(?: ERROR | CRITICAL |Traceback).*$", text, re.MULTILINE)
        return [f"{self.name}: {line}" for line in found]

    def sent(self) -> int:
        return self.log.read_text("utf-8", "replace").count("[EMAIL][SUCCESS]")


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """Both versions on one database, and what has reached the mail server."""

    url: str
    old: Release
    new: Release
    theirs: Workers
    ours: Workers

    def run(self, *, seconds: float) -> bool:
        """All five parts; whether both versions sent something while both ran."""
        part = seconds / 3
        self.theirs.start()
        self.theirs.start_beat()
        self._wait("old version alone", part)
        began = time.monotonic()
        say(self.new.run("manage.py", "migrate").rstrip())
        say(f"migrated in {time.monotonic() - began:.1f} s while email left")
        self.ours.start()
        sent = self._wait("both at once", seconds)
        self.theirs.stop()
        self.ours.start_beat()
        self._wait("new version alone", part)
        self.ours.stop()
        self.theirs.start()
        self.theirs.start_beat()
        self._wait("back to the old version", part)
        deadline = time.monotonic() + 120
        while set(statuses(self.url)) != {"sent"} and time.monotonic() < deadline:
            time.sleep(1)
        self.theirs.stop()
        return min(sent) > 0

    def _wait(self, words: str, seconds: float) -> tuple[int, int]:
        """Let so much time pass; how many the old and the new version sent meanwhile."""
        before = self.theirs.sent(), self.ours.sent()
        time.sleep(seconds)
        old, new = self.theirs.sent() - before[0], self.ours.sent() - before[1]
        say(f"{words}, {seconds:.0f} s: sent by the old version {old}, by the new one {new}")
        return old, new

    def ledgers(self) -> Iterator[str]:
        """What does not hold by either version's own check."""
        for release, command in ((self.old, "ledger_proof"), (self.new, "verify_ledger")):
            try:
                told = release.run("manage.py", command, **live_settings(25)).splitlines()
                say(f"{command}, {release.folder.name}: {told[-1]}")
            except AssertionError as error:
                yield f"{command}: {error}"


def statuses(url: str) -> Counter[str]:
    """How many of the openers that were queued have which status."""
    query = "SELECT status, count(*) FROM agents_message WHERE mode = 'live' GROUP BY status"
    with psycopg.connect(url) as server:
        return Counter(dict(server.execute(query)))


def rehearse(*, commit: str, seconds: float, per_second: float, folder: Path) -> list[str]:
    """What went wrong, a sentence each."""
    url = urlsplit(SERVER)._replace(path=f"/{NAME}").geturl()
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)".encode())
        server.execute(f"CREATE DATABASE {NAME}".encode())
    redis.Redis.from_url(REDIS).flushdb()
    old = Release(check_out(commit, folder / "old"), url)
    old.run("manage.py", "migrate", "--verbosity", "0")
    count = int(2 * seconds * per_second)
    old.run(*FILL, "stream", str(count), str(2 * seconds))
    certificate, port = write_certificate(folder), free_port()
    with sink(port=port) as log, ImapServer(certificate) as mailbox:
        env = {
            **QUIET,
            **live_settings(port),
            "IMAP_PORT": str(mailbox.port),
            "SSL_CERT_FILE": str(certificate),
            "DATABASE_URL": url,
            "REDIS_URL": REDIS,
            "LOG_LEVEL": "INFO",
            "MAX_EMAILS_PER_CYCLE": "10000",
        }
        theirs = Workers("old", old.folder, env, folder / "old.log")
        ours = Workers("new", BASE_DIR, env, folder / "new.log")
        rehearsal = Rehearsal(url, old, Release(BASE_DIR, url), theirs, ours)
        try:
            both_sent = rehearsal.run(seconds=seconds)
        finally:
            theirs.kill()
            ours.kill()
        copies = accepted(log)
    wrong = [*theirs.errors(), *ours.errors()]
    doubles = sum(copies.values()) - len(copies)
    say(f"{len(copies)} of {count} people reached, {doubles} copies, {len(wrong)} errors logged")
    if doubles or len(copies) != count:
        wrong.append(f"{doubles} copies, {len(copies)} of {count} people reached")
    if not both_sent:
        wrong.append("one version sent nothing while both ran")
    if statuses(url) != Counter({"sent": count}):
        wrong.append(f"messages: {dict(statuses(url))}")
    return [*wrong, *rehearsal.ledgers()]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commit")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--per-second", type=float, default=10)
    parser.add_argument("--keep", action="store_true", help="leave the logs where they are")
    options = parser.parse_args()
    scratch = Path(tempfile.mkdtemp(prefix="hossagent-rolling-"))
    wrong = rehearse(
        commit=options.commit,
        seconds=options.seconds,
        per_second=options.per_second,
        folder=scratch,
    )
    if wrong or options.keep:
        say(f"logs: {scratch}")
    else:
        shutil.rmtree(scratch)
    for line in wrong[:20]:
        say(line)
    say("not one worker noticed" if not wrong else f"{len(wrong)} things went wrong")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())

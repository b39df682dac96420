"""The upgrade of a database with a million leads: the time of each migration, and locks.

    python -m benchmarks.upgrade [--release 0.1.0] [--leads 1000000] [--only sqlite|postgresql]

Starts from the kept database of a release (tests/upgrade/releases/), adds leads and messages
in SQL, and runs `manage.py migrate` beside a reader and a writer that never pause. Prints
each migration's seconds, the longest time for which a lock stood in the way of writers, and
the longest stall that the reader and the writer felt; then checks the ledger. The limit on
Postgres is that of the rules for migrations: nobody waits longer than the lock time-out.
Needs Postgres at BENCH_DATABASE_URL.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psycopg

from hossagent.config import BASE_DIR
from tests.upgrade.dumps import Dump, kept
from tests.upgrade.release import QUIET, environment

if TYPE_CHECKING:
    from collections.abc import Callable

SERVER = os.environ.get("BENCH_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
NAME = "hossagent_upgrade_bench"
# Locks that a writer of rows has to wait for (PostgreSQL's manual, table 13.2).
BLOCKING = ("ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock")
# Every tenth lead has a message that was planned and skipped: no counter speaks of it.
_COPIES = {
    "agents_lead": (
        {
            "company": "'Company ' || n",
            "company_key": "'company ' || n",
            "email": "'ann@company' || n || '.com'",
            "email_key": "'ann@company' || n || '.com'",
            "domain": "'company' || n || '.com'",
        },
        "company = 'Was contacted'",
        1,
    ),
    "agents_message": (
        {"lead_id": "n", "subject": "'Skipped ' || n"},
        "subject = 'Dry skipped'",
        10,
    ),
}
# Ids of the leads that are added, far from those of the release.
FIRST = 1_000_000


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def columns_of(execute: Callable[..., Any], table: str) -> list[str]:
    return [column[0] for column in execute(f'SELECT * FROM "{table}" LIMIT 0').description]


def add_rows(execute: Callable[..., Any], *, leads: int) -> None:
    """Copies of one lead and of one skipped message of it, each with a name of its own."""
    for table, (changed, template, every) in _COPIES.items():
        new = {**changed, **({"id": "n"} if table == "agents_lead" else {})}
        names = [name for name in columns_of(execute, table) if name != "id" or name in new]
        values = ", ".join(new.get(name, f't."{name}"') for name in names)
        quoted = ", ".join(f'"{name}"' for name in names)
        execute(
            f"WITH RECURSIVE series(n) AS (SELECT {FIRST} UNION ALL SELECT n + {every} "
            f"FROM series WHERE n + {every} < {FIRST + leads}) "
            f'INSERT INTO "{table}" ({quoted}) SELECT {values} '
            f'FROM (SELECT * FROM "{table}" WHERE {template} LIMIT 1) t, series'
        )


class Probe(threading.Thread):
    """Calls `work` again and again; `longest` is the longest time that one call took."""

    def __init__(self, work: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self.work, self.longest, self.calls = work, 0.0, 0
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(0.002):
            began = time.perf_counter()
            self.work()
            self.longest = max(self.longest, time.perf_counter() - began)
            self.calls += 1

    def stop(self) -> None:
        self._over.set()
        self.join()


class LockWatch:
    """How long locks that block writers were held on our tables, by anybody but us."""

    def __init__(self, url: str) -> None:
        self.session = psycopg.connect(url, autocommit=True)
        self.since: dict[tuple[str, str], float] = {}
        self.held: dict[tuple[str, str], float] = {}

    def look(self) -> None:
        now = time.perf_counter()
        found = self.session.execute(
            "SELECT DISTINCT c.relname, l.mode FROM pg_locks l "
            "JOIN pg_class c ON c.oid = l.relation "
            "WHERE l.granted AND l.mode = ANY(%s) AND c.relkind = 'r' "
            "AND c.relname ~ '^(accounts|agents|billing)_'",
            [list(BLOCKING)],
        ).fetchall()
        seen = {(str(table), str(mode)) for table, mode in found}
        for key in seen:
            first = self.since.setdefault(key, now)
            self.held[key] = max(self.held.get(key, 0.0), now - first)
        self.since = {key: at for key, at in self.since.items() if key in seen}


def migrate(url: str) -> float:
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate"],
        cwd=BASE_DIR,
        env=environment({**QUIET, "DATABASE_URL": url}),
        capture_output=True,
        text=True,
        check=False,
    )
    took = time.perf_counter() - began
    say("\n".join(f"    {line.strip()}" for line in done.stdout.splitlines() if "Applying" in line))
    assert done.returncode == 0, done.stderr
    return took


def check_ledger(url: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "verify_ledger"],
        cwd=BASE_DIR,
        env=environment({**QUIET, "DATABASE_URL": url, "MAX_EMAILS_PER_HOUR": "1000000"}),
        capture_output=True,
        text=True,
        check=False,
    )
    # The release's leases are of another day, which is all that may be wrong.
    broken = [line for line in done.stdout.splitlines() if line.startswith("BROKEN")]
    wrong = [line for line in broken if "for longer than" not in line]
    say(f"  ledger: {wrong or 'holds'}")
    assert not wrong


def on_postgres(dump: Dump, *, leads: int) -> None:
    url = urlsplit(SERVER)._replace(path=f"/{NAME}").geturl()
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)".encode())
        server.execute(f"CREATE DATABASE {NAME}".encode())
    with psycopg.connect(url, autocommit=True) as session:
        session.execute(dump.text("postgresql").encode())
    # A session of its own: the dump leaves the search path empty.
    with psycopg.connect(url, autocommit=True) as session:
        add_rows(lambda sql: session.execute(sql.encode()), leads=leads)
        session.execute("VACUUM ANALYZE")
    with (
        psycopg.connect(url, autocommit=True) as reading,
        psycopg.connect(url, autocommit=True) as writing,
    ):
        write = f"UPDATE agents_lead SET reason = reason WHERE id = {FIRST + 7}".encode()
        watch = LockWatch(url)
        probes = [
            Probe(lambda: reading.execute("SELECT company FROM agents_lead LIMIT 1").fetchall()),
            Probe(lambda: writing.execute(write)),
            Probe(watch.look),
        ]
        report(url, probes)
        watch.session.close()
    longest = sorted(watch.held.items(), key=lambda item: -item[1])[:5]
    for (table, mode), seconds in longest:
        say(f"  {mode} on {table}: {seconds * 1000:.0f} ms")
    say(
        f"  longest lock in the way of writers: {max(watch.held.values(), default=0) * 1000:.0f} ms"
    )
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(f"DROP DATABASE {NAME} WITH (FORCE)".encode())


def on_sqlite(dump: Dump, *, leads: int, folder: Path) -> None:
    path = folder / "upgrade.sqlite3"
    with closing(sqlite3.connect(path)) as file:
        file.executescript(dump.text("sqlite"))
        with file:
            add_rows(file.execute, leads=leads)
        file.execute("PRAGMA journal_mode=WAL")
    write = f"UPDATE agents_lead SET reason = reason WHERE id = {FIRST + 7}"

    def write_once() -> None:
        with closing(sqlite3.connect(path, timeout=3_600)) as writing, writing:
            writing.execute(write)

    def read_once() -> None:
        with closing(sqlite3.connect(path, timeout=3_600)) as reading:
            reading.execute("SELECT company FROM agents_lead LIMIT 1").fetchall()

    report(f"sqlite:///{path}", [Probe(read_once), Probe(write_once)])


def report(url: str, probes: list[Probe]) -> None:
    for probe in probes:
        probe.start()
    time.sleep(1)
    calm = [probe.longest for probe in probes]
    for probe in probes:
        probe.longest = 0.0
    took = migrate(url)
    for probe in probes:
        probe.stop()
    say(f"  all migrations: {took:.1f} s, most of it starting the program and loading states")
    for words, probe, before in zip(("reader", "writer"), probes, calm, strict=False):
        say(
            f"  longest stall of a {words}: {probe.longest * 1000:.0f} ms "
            f"({before * 1000:.0f} ms before; {probe.calls} calls)"
        )
    check_ledger(url)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--release", default=kept()[0].version)
    parser.add_argument("--leads", type=int, default=1_000_000)
    parser.add_argument("--only", choices=["sqlite", "postgresql"], default="")
    options = parser.parse_args()
    dump = Dump(options.release)
    for vendor in ("postgresql", "sqlite"):
        if options.only in {"", vendor}:
            say(f"{vendor}: {options.release} with {options.leads:,} leads")
            if vendor == "postgresql":
                on_postgres(dump, leads=options.leads)
            else:
                with tempfile.TemporaryDirectory(prefix="hossagent-upgrade-") as folder:
                    on_sqlite(dump, leads=options.leads, folder=Path(folder))


if __name__ == "__main__":
    main()

"""How long a writer stands still while a table of 1,000,000 leads gets an index and a check:
by Django's own operations, and by those of `hossagent.lib.schema`."""

from __future__ import annotations

import statistics
import threading
import time
from typing import TYPE_CHECKING

import psycopg
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AddConstraint, AddIndex
from django.db.models import Q

from benchmarks.harness import Result, say
from benchmarks.lead_list import fill
from hossagent.lib.schema import AddConstraintOnline, AddIndexOnline
from tests.factories import CustomerFactory

if TYPE_CHECKING:
    from django.db.migrations.operations.base import Operation
    from django.db.migrations.state import ProjectState

LEADS, FEW_LEADS, ROUNDS = 1_000_000, 20_000, 3
WRITE = "UPDATE agents_lead SET reason = reason WHERE id = %s"

INDEX = models.Index(fields=["company", "contact_name"], name="agents_lead_bench")
CHECK = models.CheckConstraint(condition=~Q(company="nobody"), name="agents_lead_bench")
PAIRS = {
    "index": (AddIndex("lead", INDEX), AddIndexOnline("lead", INDEX)),
    "check": (AddConstraint("lead", CHECK), AddConstraintOnline("lead", CHECK)),
}


class Writer(threading.Thread):
    """Writes one row after the other, and remembers the longest time that one took."""

    def __init__(self, dsn: str, keys: tuple[int, int]) -> None:
        super().__init__(daemon=True)
        self.dsn = dsn
        self.keys = keys
        self.longest = 0.0
        self.written = 0
        self.stop = threading.Event()

    def run(self) -> None:
        first, last = self.keys
        with psycopg.connect(self.dsn, autocommit=True) as session:
            while not self.stop.is_set():
                key = first + self.written % (last - first)
                began = time.perf_counter()
                session.execute(WRITE, [key])
                self.longest = max(self.longest, time.perf_counter() - began)
                self.written += 1


def stall_of(operation: Operation, state: ProjectState, keys: tuple[int, int]) -> float:
    """The longest time in seconds that a write took while the operation ran; undone after."""
    after = state.clone()
    operation.state_forwards("agents", after)
    writer = Writer(connection.connection.info.dsn, keys)
    writer.start()
    while not writer.written:
        time.sleep(0.01)
    began = time.perf_counter()
    with connection.schema_editor(atomic=operation.atomic is not False) as editor:
        operation.database_forwards("agents", editor, state, after)
    took = time.perf_counter() - began
    writer.stop.set()
    writer.join()
    with connection.schema_editor(atomic=operation.atomic is not False) as editor:
        operation.database_backwards("agents", editor, after, state)
    name = type(operation).__name__
    say(f"  {name:22} {took:6.2f} s, longest write {writer.longest * 1000:8.1f} ms")
    return writer.longest


def run(*, quick: bool) -> list[Result]:
    leads = FEW_LEADS if quick else LEADS
    fill(CustomerFactory.create(), leads)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE agents_lead")
        cursor.execute("SELECT min(id), max(id) FROM agents_lead")
        first, last = cursor.fetchone()
    state = MigrationLoader(connection).project_state()
    found = []
    for what, (plain, online) in PAIRS.items():
        stalls: dict[str, list[float]] = {"plain": [], "online": []}
        for _ in range(1 if quick else ROUNDS):
            stalls["plain"].append(stall_of(plain, state, (first, last)))
            stalls["online"].append(stall_of(online, state, (first, last)))
        median = {name: statistics.median(times) for name, times in stalls.items()}
        ratio = median["online"] / median["plain"]
        found.append(
            Result(
                benchmark="online",
                what=f"longest write beside a new {what}, {leads:,} leads",
                value=median["online"] * 1000,
                unit="ms",
                against="Django's own operation",
                ratio=ratio,
                target="" if quick else "<= 0.2",
                holds=None if quick else ratio <= 0.2,
                spread=(min(stalls["online"]) * 1000, max(stalls["online"]) * 1000),
            )
        )
    return found

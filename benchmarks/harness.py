"""What every benchmark shares: a scratch Postgres database, rounds, medians, peak memory."""

from __future__ import annotations

import gc
import json
import os
import resource
import statistics
import sys
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BASE_DIR = Path(__file__).resolve().parent.parent
RESULTS = BASE_DIR / "benchmarks" / "results"
SERVER = os.environ.get("BENCH_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
NAME = f"hossagent_bench_{os.getpid()}"


@dataclass
class Result:
    """One measured fact. `ratio` compares with `against`; `target` is what it should reach."""

    benchmark: str
    what: str
    value: float
    unit: str
    against: str = ""
    ratio: float | None = None
    target: str = ""
    holds: bool | None = None
    spread: tuple[float, float] | None = None
    notes: dict[str, float] = field(default_factory=dict)

    def line(self) -> str:
        verdict = "" if self.holds is None else ("   ok" if self.holds else "   MISSED")
        ratio = "" if self.ratio is None else f"   {self.ratio:.2f} x {self.against}"
        spread = f" ({self.spread[0]:.3g}..{self.spread[1]:.3g})" if self.spread else ""
        target = f"   target {self.target}" if self.target else ""
        value = f"{self.value:10.4g} {self.unit}"
        return f"{self.benchmark:8} {self.what:58} {value}{spread}{ratio}{target}{verdict}"


@dataclass
class Timing:
    """Seconds of each round, in order."""

    seconds: list[float]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def spread(self) -> tuple[float, float]:
        return min(self.seconds), max(self.seconds)


def timed(work: Callable[[], object]) -> float:
    """The seconds that `work` takes, with no garbage of what went before."""
    gc.collect()
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def medians_of(methods: dict[str, Callable[[], float]], *, count: int) -> dict[str, float]:
    """The median of the seconds each method says it took, in turns within each round."""
    seconds: dict[str, list[float]] = {name: [] for name in methods}
    for _ in range(count):
        for name, method in methods.items():
            seconds[name].append(method())
    return {name: statistics.median(times) for name, times in seconds.items()}


def rounds(
    number: int, *methods: Callable[[], object], between: Callable[[], object] | None = None
) -> list[Timing]:
    """Time each method `number` times, in turns: what disturbs one disturbs the other."""
    taken: list[list[float]] = [[] for _ in methods]
    for turn in range(number):
        order = list(enumerate(methods))
        for index, method in order if turn % 2 == 0 else reversed(order):
            if between is not None:
                between()
            began = time.perf_counter()
            method()
            taken[index].append(time.perf_counter() - began)
    return [Timing(seconds) for seconds in taken]


def peak_megabytes() -> float:
    """The most memory this process has ever held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 if sys.platform == "linux" else peak / 1024 / 1024


def say(text: str) -> None:
    print(text, flush=True)


def _server(statement: str) -> None:
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(statement.encode())


@contextmanager
def scratch_database() -> Iterator[str]:
    """Django set up on a new, migrated Postgres database that is dropped afterwards."""
    url = urlsplit(SERVER)._replace(path=f"/{NAME}").geturl()
    _server(f"CREATE DATABASE {NAME}")
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "TEST_DATABASE_URL": url,
        "HOSSAGENT_ENV_FILE": "",
        "SESSION_SECRET": "only-for-benchmarks",
        "LOG_LEVEL": "ERROR",
    }
    try:
        import django  # noqa: PLC0415 # the environment comes first
        from django.core.management import call_command  # noqa: PLC0415 # likewise

        django.setup()
        call_command("migrate", verbosity=0)
        yield url
    finally:
        from django.db import connections  # noqa: PLC0415 # likewise

        connections.close_all()
        _server(f"DROP DATABASE {NAME} WITH (FORCE)")


def keep(results: list[Result]) -> Path:
    """Write the results beside the earlier ones."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{datetime.now(tz=UTC):%Y%m%dT%H%M%S}.json"
    path.write_text(json.dumps([asdict(result) for result in results], indent=1), "utf-8")
    return path

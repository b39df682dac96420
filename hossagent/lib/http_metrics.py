"""How many requests each view answered, and how fast, for /metrics.

Of one host: gunicorn's workers keep their numbers in one folder, and any of them answers
for all (prometheus_client's multiprocess mode). A process on its own, as in tests, tells
its own.

Source: https://prometheus.github.io/client_python/multiprocess/
"""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
)
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

from hossagent.config import metrics_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from prometheus_client.metrics_core import Metric

# Seconds. Most pages answer within 50 ms, and the alert asks about 1 s.
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
# Anybody may send a method of their own; those are one label.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "OTHER"
# What workers that are gone have counted.
GONE = "gone"

disable_created_metrics()  # type: ignore[no-untyped-call] # theirs
_registry = CollectorRegistry()
_requests = Counter(
    "hossagent_http_requests",
    "Requests answered by this host since its web server started.",
    ["view", "method", "status"],
    registry=_registry,
)
_seconds = Histogram(
    "hossagent_http_request_seconds",
    "Seconds from the first middleware to the answer.",
    ["view", "method"],
    registry=_registry,
    buckets=BUCKETS,
)


def observe(*, view: str, method: str | None, status: int, seconds: float) -> None:
    """Count one answered request. `view` is a view's name, never an address."""
    known = method if method in METHODS else OTHER
    requests, times = _samples(view, known, f"{status // 100}xx")
    requests.inc()
    times.observe(seconds)


@cache
def _samples(view: str, method: str, status: str) -> tuple[Counter, Histogram]:
    """Few, because every label is one of a few words; found without building their keys."""
    return _requests.labels(view, method, status), _seconds.labels(view, method)


def collect() -> list[Metric]:
    """The numbers of all processes of this host."""
    folder = metrics_folder()
    if folder is None:
        return list(_registry.collect())
    with _locked(folder, fcntl.LOCK_SH):
        return list(MultiProcessCollector(None, str(folder)).collect())  # type: ignore[no-untyped-call] # theirs


def keep_numbers_of(pid: int) -> None:
    """Add what a worker that is gone has counted to what others before it have.

    gunicorn replaces its workers every few thousand requests. Each would leave its files
    behind, and every scrape would read them all.
    """
    folder = metrics_folder()
    if folder is None:
        return
    with _locked(folder, fcntl.LOCK_EX):
        for kind in ("counter", "histogram"):
            left = folder / f"{kind}_{pid}.db"
            if left.exists():
                _add(left, to=folder / f"{kind}_{GONE}.db")
                left.unlink()


def _add(left: Path, *, to: Path) -> None:
    total = MmapedDict(str(to))  # type: ignore[no-untyped-call] # theirs
    values = MmapedDict.read_all_values_from_file(str(left))  # type: ignore[no-untyped-call] # theirs
    for key, value, _, _ in values:
        before, _ = total.read_value(key)  # type: ignore[no-untyped-call] # theirs
        total.write_value(key, before + value, 0.0)  # type: ignore[no-untyped-call] # theirs
    total.close()  # type: ignore[no-untyped-call] # theirs


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    """Nobody reads while numbers move from one file to another: they would count twice."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, how)
        yield

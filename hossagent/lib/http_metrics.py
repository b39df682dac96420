"""How many requests each view answered, and how fast, for /metrics.

Of one host: gunicorn's workers keep their numbers in one folder, and any of them answers
for all (prometheus_client's multiprocess mode). A process on its own, as in tests, tells
its own.

Numbers are worth less than pages. A missing folder, a broken file or a full disk costs
numbers, and nothing else.

Source: https://prometheus.github.io/client_python/multiprocess/
"""

from __future__ import annotations

import fcntl
import logging
import os
import struct
import threading
from collections import Counter as Sums
from contextlib import contextmanager
from functools import cache
from pathlib import Path
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

    from prometheus_client.metrics_core import Metric

# Seconds. Most pages answer within 50 ms, and the alert asks about 1 s.
BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
# Anybody may send a method of their own; those are one label.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "OTHER"
# What workers that are gone have counted.
GONE = "gone"
KINDS = ("counter", "histogram")
# A file of numbers has this size at first, and doubles when it is full (prometheus_client).
FIRST_SIZE = 1 << 16
# More than one view's numbers take: 15 entries of at most a few hundred bytes.
ROOM = 1 << 14
# What an entry takes besides its key: a length, padding and two doubles.
ENTRY_EXTRA = 4 + 8 + 16

logger = logging.getLogger(__name__)

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
    with _reserving:
        if folder := metrics_folder():
            for kind in KINDS:
                _reserve(folder / f"{kind}_{os.getpid()}.db")
        return _requests.labels(view, method, status), _seconds.labels(view, method)


_reserving = threading.Lock()


def _reserve(path: Path) -> None:
    """Take the blocks of the disk that the next numbers need, or raise `OSError`.

    prometheus_client makes a file larger without taking blocks, then writes through a map.
    On a full disk such a write is the signal SIGBUS, which ends the process. Sizes are
    those that it chooses itself, so it finds its work done.

    Source: posix_fallocate(3), mmap(2) on SIGBUS, prometheus_client/mmap_dict.py
    """
    is_new = not path.exists()
    with path.open("a+b") as file:
        file.seek(0)
        head = file.read(4)
        used = struct.unpack("i", head)[0] if head else 0
        if used > path.stat().st_size:
            raise OSError(f"{path.name} is broken")
        size = FIRST_SIZE
        while size < used + ROOM:
            size *= 2
        try:
            os.posix_fallocate(file.fileno(), 0, size)
        except OSError:
            if is_new:
                path.unlink(missing_ok=True)
            raise


def collect() -> list[Metric]:
    """The numbers of all processes of this host, as far as they can be read."""
    folder = metrics_folder()
    if folder is None:
        return list(_registry.collect())
    keep_numbers_of_gone()
    try:
        with _locked(folder):
            return _merge(list(folder.glob("*.db")))
    except OSError as error:
        logger.warning("the numbers of requests cannot be read: %r", error)
        return []


def keep_numbers_of_gone() -> None:
    """Add what workers that are gone have counted to what others before them have.

    gunicorn replaces its workers every few thousand requests. Each would leave its files
    behind, and every scrape would read them all. Where it fails, the files stay as they are.
    """
    folder = metrics_folder()
    if folder is None:
        return
    try:
        with _locked(folder):
            for kind in KINDS:
                left = [path for path in folder.glob(f"{kind}_*.db") if _is_of_gone(path)]
                if left:
                    _add(left, to=folder / f"{kind}_{GONE}.db")
    except OSError as error:
        logger.warning("the numbers of gone workers stay in their files: %r", error)


def _is_of_gone(path: Path) -> bool:
    """A number that another process has by now only keeps its file for longer."""
    pid = path.stem.partition("_")[2]
    if not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


def _add(left: list[Path], *, to: Path) -> None:
    """Write the sums beside the old file, put them in its place, and only then drop `left`."""
    files = [path for path in (to, *left) if path.exists() and _is_sound(path)]
    sums: Sums[str] = Sums()
    for path in files:
        for key, value, _, _ in MmapedDict.read_all_values_from_file(str(path)):  # type: ignore[no-untyped-call] # theirs
            sums[key] += value
    new = to.with_suffix(".new")
    with new.open("wb") as file:
        # All that is ever written into it, for the reason that `_reserve` gives.
        size = FIRST_SIZE + sum(ENTRY_EXTRA + len(key.encode()) for key in sums)
        os.posix_fallocate(file.fileno(), 0, size)
    total = MmapedDict(str(new))  # type: ignore[no-untyped-call] # theirs
    for key, value in sums.items():
        total.write_value(key, value, 0.0)  # type: ignore[no-untyped-call] # theirs
    total.close()  # type: ignore[no-untyped-call] # theirs
    new.replace(to)
    for path in left:
        path.unlink(missing_ok=True)


def _merge(files: list[Path]) -> list[Metric]:
    """Broken files are looked for only when there is one."""
    try:
        return _read(files)
    except Exception:  # noqa: BLE001 # garbage fails in any way
        return _read([path for path in files if _is_sound(path)])


def _is_sound(path: Path) -> bool:
    try:
        _read([path])
    except Exception as error:  # noqa: BLE001 # garbage fails in any way
        logger.warning("%s is broken, and left out: %r", path.name, error)
        return False
    return True


def _read(files: list[Path]) -> list[Metric]:
    names = [str(path) for path in files]
    return list(MultiProcessCollector.merge(names))  # type: ignore[no-untyped-call] # theirs


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Nobody reads while numbers move from one file to another: they would count twice.

    The folder itself is locked, because a full disk has no room for a file to lock.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)

"""Requests of several workers of one host add up, and those of workers that are gone stay."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from hossagent.config import BASE_DIR
from hossagent.lib import http_metrics

if TYPE_CHECKING:
    from pathlib import Path

# One worker's life: requests, and what it would answer to a scrape.
WORKER = """
import json, os, sys
from hossagent.lib import http_metrics
for _ in range(int(sys.argv[1])):
    http_metrics.observe(view="portal:home", method="GET", status=200, seconds=0.03)
found = {
    f"{sample.name} {sample.labels.get('le', '')}": sample.value
    for family in http_metrics.collect() for sample in family.samples
}
print(json.dumps([os.getpid(), found]))
"""


def live(folder: Path, requests: int) -> tuple[int, dict[str, float]]:
    """The worker's number, and the samples as the last one to be asked sees them."""
    done = subprocess.run(
        [sys.executable, "-c", WORKER, str(requests)],
        cwd=BASE_DIR,
        env=os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    pid, samples = json.loads(done.stdout)
    return pid, samples


REQUESTS = "hossagent_http_requests_total "
COUNT = "hossagent_http_request_seconds_count "
FAST = "hossagent_http_request_seconds_bucket 0.05"
FASTEST = "hossagent_http_request_seconds_bucket 0.025"


def numbers(samples: dict[str, float]) -> list[float]:
    return [samples[name] for name in (REQUESTS, COUNT, FAST, FASTEST)]


def test_workers_of_one_host_add_up(tmp_path: Path) -> None:
    live(tmp_path, 3)
    _, seen = live(tmp_path, 2)

    assert numbers(seen) == [5, 5, 5, 0]


def test_what_gone_workers_counted_stays_in_one_file(tmp_path: Path) -> None:
    live(tmp_path, 3)
    live(tmp_path, 2)
    third, seen = live(tmp_path, 1)

    assert numbers(seen) == [6, 6, 6, 0]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"counter_{third}.db",
        "counter_gone.db",
        f"histogram_{third}.db",
        "histogram_gone.db",
    ]


def test_files_of_workers_that_live_are_left_to_them(tmp_path: Path) -> None:
    alive = os.getpid()
    first, _ = live(tmp_path, 3)
    for kind in http_metrics.KINDS:
        (tmp_path / f"{kind}_{first}.db").rename(tmp_path / f"{kind}_{alive}.db")
    _, seen = live(tmp_path, 1)

    assert numbers(seen) == [4, 4, 4, 0]
    assert (tmp_path / f"counter_{alive}.db").exists()


GARBAGE = [
    b"",
    b"abc",
    b"\xff" * 100,
    b"\x00\x10\x00\x00junk" + b"{" * 5000,
    b"\xff\xff\xff\x7f" * 30,
]


@pytest.mark.parametrize("garbage", GARBAGE, ids=range(len(GARBAGE)))
@pytest.mark.parametrize("name", ["counter_gone.db", "counter_99999999.db", "histogram_1.db"])
def test_a_broken_file_is_left_out(tmp_path: Path, name: str, garbage: bytes) -> None:
    live(tmp_path, 2)
    (tmp_path / name).write_bytes(garbage)

    _, seen = live(tmp_path, 1)

    assert numbers(seen) == [3, 3, 3, 0]


def test_a_folder_that_is_gone_has_no_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_metrics, "metrics_folder", lambda: tmp_path / "gone")

    assert http_metrics.collect() == []


def test_a_full_disk_is_an_error_and_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never a map of blocks that are not there: writing to it would end the worker."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(http_metrics, "metrics_folder", lambda: tmp_path)
    monkeypatch.setattr(os, "posix_fallocate", full)

    with pytest.raises(OSError, match="No space left"):
        http_metrics.observe(view="never:seen", method="GET", status=200, seconds=0.1)

    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_numbers_of_the_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    live(tmp_path, 3)
    monkeypatch.setattr(http_metrics, "metrics_folder", lambda: tmp_path)
    monkeypatch.setattr(os, "posix_fallocate", full)

    samples = [one for family in http_metrics.collect() for one in family.samples]

    assert [one.value for one in samples if f"{one.name} " == REQUESTS] == [3]


def test_blocks_are_there_before_they_are_written(tmp_path: Path) -> None:
    """For as many views as make the files grow."""
    many = """
import os
from hossagent.lib import http_metrics
for number in range(300):
    http_metrics.observe(view=f"some:view{number}", method="GET", status=200, seconds=0.03)
"""
    subprocess.run(
        [sys.executable, "-c", many],
        cwd=BASE_DIR,
        env=os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)},
        check=True,
    )
    (histogram,) = tmp_path.glob("histogram_*.db")

    found = histogram.stat()

    assert found.st_size > 4 * http_metrics.FIRST_SIZE
    assert found.st_blocks * 512 >= found.st_size


@pytest.mark.parametrize("name", ["hossagent_http_requests", "hossagent_http_request_seconds"])
def test_a_process_on_its_own_tells_its_own(name: str) -> None:

    assert name in {family.name for family in http_metrics.collect()}

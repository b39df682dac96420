"""Requests of several workers of one host add up, and those of workers that are gone stay."""

from __future__ import annotations

import json
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
for pid in sys.argv[2:]:
    http_metrics.keep_numbers_of(int(pid))
found = {
    f"{sample.name} {sample.labels.get('le', '')}": sample.value
    for family in http_metrics.collect() for sample in family.samples
}
print(json.dumps([os.getpid(), found]))
"""


def live(folder: Path, requests: int, *gone: int) -> tuple[int, dict[str, float]]:
    """The worker's number, and the samples as the last one to be asked sees them."""
    done = subprocess.run(
        [sys.executable, "-c", WORKER, str(requests), *(str(pid) for pid in gone)],
        cwd=BASE_DIR,
        env={"PROMETHEUS_MULTIPROC_DIR": str(folder), "HOSSAGENT_ENV_FILE": ""},
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
    first, _ = live(tmp_path, 3)
    second, _ = live(tmp_path, 2)
    third, seen = live(tmp_path, 1, first, second)

    assert numbers(seen) == [6, 6, 6, 0]
    assert sorted(path.name for path in tmp_path.glob("*.db")) == [
        f"counter_{third}.db",
        "counter_gone.db",
        f"histogram_{third}.db",
        "histogram_gone.db",
    ]


def test_a_worker_is_added_once_however_often_it_is_named(tmp_path: Path) -> None:
    first, _ = live(tmp_path, 3)
    _, seen = live(tmp_path, 0, first, first)

    assert numbers(seen) == [3, 3, 3, 0]


@pytest.mark.parametrize("name", ["hossagent_http_requests", "hossagent_http_request_seconds"])
def test_a_process_on_its_own_tells_its_own(name: str) -> None:

    assert name in {family.name for family in http_metrics.collect()}

"""How much an idle installation of release mode writes into its logs.

Web, two workers and beat on Redis, as in docker-compose.yml, for a minute after start-up.
The health check asks as often as the container's does.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from benchmarks.harness import BASE_DIR, Result

if TYPE_CHECKING:
    from collections.abc import Iterator

REDIS = os.environ.get("BENCH_REDIS_URL", "redis://127.0.0.1:6379/14")
PORT = 8473
LIMIT_MB = 20.0
A_DAY = 86_400
HEALTH_CHECK_SECONDS = 30
# "alive", once an hour: two web workers, four of Celery's, and beat.
HOURLY_LINES, BYTES_OF_ONE = 7, 250

PYTHON = sys.executable
CELERY = [PYTHON, "-m", "celery", "-A", "hossagent", "--quiet"]
PROGRAMS = {
    "web": [
        *(PYTHON, "-m", "gunicorn", "-c", "python:hossagent.gunicorn_conf"),
        *("-b", f"127.0.0.1:{PORT}", "hossagent.wsgi"),
    ],
    "worker": [*CELERY, "worker", "-Q", "dispatch,send", "-c", "2", "-n", "worker@bench"],
    "ops": [*CELERY, "worker", "-Q", "ops", "-c", "2", "-n", "ops@bench"],
    "beat": [*CELERY, "beat"],
}


def run(*, quick: bool) -> list[Result]:
    seconds = 20 if quick else 60
    with tempfile.TemporaryDirectory(prefix="hossagent-log-volume-") as name:
        folder = Path(name)
        started = list(_start(folder))
        try:
            _wait_until_idle()
            before = _size(folder)
            _let_pass(seconds)
            written = _size(folder) - before
        finally:
            for process in started:
                process.terminate()
            for process in started:
                process.wait()
    a_day = written * A_DAY / seconds + HOURLY_LINES * BYTES_OF_ONE * 24
    megabytes = a_day / 1_000_000
    return [
        Result("log_volume", "written by start-up", before / 1_000, "kB"),
        Result(
            "log_volume",
            "written by an idle installation in a day",
            megabytes,
            "MB",
            against="the limit of 20 MB",
            ratio=megabytes / LIMIT_MB,
            target="at most 1",
            holds=megabytes <= LIMIT_MB,
        ),
    ]


def _environment() -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": os.environ["TEST_DATABASE_URL"],
        "DJANGO_SETTINGS_MODULE": "hossagent.settings",
        "REDIS_URL": REDIS,
        "RELEASE_MODE": "TRUE",
        "BASE_URL": "https://app.agency.test",
        "ALLOWED_HOSTS": "127.0.0.1",
        "LOG_LEVEL": "INFO",
    }


def _start(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    for name, command in PROGRAMS.items():
        with (folder / f"{name}.log").open("wb") as out:
            yield subprocess.Popen(
                command, cwd=BASE_DIR, env=_environment(), stdout=out, stderr=out
            )


def _wait_until_idle() -> None:
    """Each queue has been worked on, so every process is up."""
    loops = ("agents.send_due", "agents.drain", "billing.process_events")
    deadline = time.monotonic() + 120
    with psycopg.connect(os.environ["TEST_DATABASE_URL"], autocommit=True) as server:
        while time.monotonic() < deadline:
            beats = server.execute(
                "SELECT count(*) FROM agents_heartbeat WHERE loop = ANY(%s)", [list(loops)]
            ).fetchone()
            if beats == (len(loops),):
                _check_health()
                return
            time.sleep(0.5)
    raise SystemExit("the installation did not start")


def _let_pass(seconds: float) -> None:
    ends = time.monotonic() + seconds
    while (left := ends - time.monotonic()) > 0:
        time.sleep(min(left, HEALTH_CHECK_SECONDS))
        _check_health()


def _check_health() -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/healthz", timeout=5) as answer:
        answer.read()


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*.log"))

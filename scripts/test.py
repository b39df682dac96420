"""Runs the tests: on SQLite always, on Postgres too where it answers.

    python scripts/test.py [--marker slow|e2e] [--only sqlite|postgres] [--cov] [pytest arguments]

The slow tests run on both databases at the same time, since they mostly wait for processes
that they started. With CI=true a service that does not answer is a failure. The exit code
is the worst of pytest's.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

BASE_DIR = Path(__file__).resolve().parent.parent
POSTGRES = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}
NO_TESTS_COLLECTED = 5


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def answers(url: str) -> bool:
    """Something listens where `url` points."""
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 0), timeout=2):
            return True
    except OSError:
        return False


def redis(number: int) -> str:
    """A numbered database of Redis for each half, because its tests empty theirs: the one
    that was named, and its neighbor. Empty where no Redis answers."""
    if not answers(REDIS):
        return ""
    where = urlsplit(REDIS)
    named = int(where.path.strip("/") or 0)
    return where._replace(path=f"/{named - number if named else number}").geturl()


def database_name(marker: str) -> str:
    """Two checkouts of the project may be tested at the same time, and in one of them tests
    with different markers."""
    name = f"test_hossagent_{marker or 'fast'}_{zlib.crc32(str(BASE_DIR).encode()):08x}"
    return os.environ.get("TEST_DATABASE_NAME", name)


def sqlite_half(marker: str) -> dict[str, str]:
    return {
        "TEST_DATABASE_URL": "",
        "TEST_DATABASE_NAME": database_name(marker),
        "TEST_REDIS_URL": redis(0),
    }


def postgres_half(marker: str) -> dict[str, str]:
    return {
        "TEST_DATABASE_URL": POSTGRES,
        "TEST_DATABASE_NAME": database_name(marker),
        "TEST_REDIS_URL": redis(1),
    }


def run_half(
    half: tuple[str, dict[str, str]], *, arguments: list[str], marker: str, output: int | None
) -> int:
    """The exit code of the tests on one database; no test with this marker is no failure.
    An `output` that is piped is printed when the half has ended."""
    name, environment = half
    say(f"== {marker or 'tests'} on {name}: pytest {' '.join(arguments)}")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=BASE_DIR,
        env={**os.environ, **environment},
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        text=True,
        errors="replace",
        check=False,
    )
    if output:
        say(f"== {name} has ended.\n{done.stdout}")
    if done.returncode == NO_TESTS_COLLECTED and marker:
        say(f"No test on {name} is marked {marker}.")
        return 0
    return abs(done.returncode)  # negative when a signal ended pytest


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--marker", choices=["slow", "e2e"], default="")
    parser.add_argument("--only", choices=["sqlite", "postgres"], default="")
    parser.add_argument("--cov", action="store_true", help="collect coverage")
    parser.add_argument("--processes", default="2")
    options, rest = parser.parse_known_args()

    if IN_CI and not answers(REDIS):
        say(f"Redis does not answer at {REDIS}. Start it, or set TEST_REDIS_URL.")
        return 1
    halves = {} if options.only == "postgres" else {"SQLite": sqlite_half(options.marker)}
    where = urlsplit(POSTGRES)
    missing = ""
    if options.only != "sqlite" and answers(POSTGRES):
        halves["Postgres"] = postgres_half(options.marker)
    elif options.only != "sqlite":
        missing = f"Postgres does not answer at {where.hostname}:{where.port}."
    if IN_CI and missing:
        say(f"{missing} Start it, or set TEST_DATABASE_URL.")
        return 1

    arguments = ["-q", *rest, *(["-m", options.marker] if options.marker else [])]
    arguments += ["-n", options.processes]
    if options.cov:  # the report asks for the bound, when all halves are in
        arguments += ["--cov", "--cov-report=", "--cov-append", "--cov-fail-under=0"]
    at_once = options.marker == "slow"
    run = partial(
        run_half,
        arguments=arguments,
        marker=options.marker,
        output=subprocess.PIPE if at_once else None,
    )
    with ThreadPoolExecutor(len(halves) if at_once and halves else 1) as pool:
        code = max([0, *pool.map(run, halves.items())])
    if missing:
        say(f"{missing} The tests ran on SQLite only; set TEST_DATABASE_URL for the other.")
    return code


if __name__ == "__main__":
    sys.exit(main())

"""Runs the tests: on SQLite always, on Postgres too where it answers.

    python scripts/test.py [--marker slow|e2e] [--only sqlite|postgres] [--cov] [pytest arguments]

With CI=true a service that does not answer is a failure and not a skipped half.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import zlib
from pathlib import Path
from urllib.parse import urlsplit

BASE_DIR = Path(__file__).resolve().parent.parent
POSTGRES = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}
NO_TESTS_COLLECTED = 5


def answers(url: str) -> bool:
    """Something listens where `url` points."""
    parts = urlsplit(url)
    try:
        with socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 0), timeout=2):
            return True
    except OSError:
        return False


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def run(
    half: str, options: argparse.Namespace, rest: list[str], environment: dict[str, str]
) -> int:
    """One half of the tests; returns pytest's exit code."""
    command = [sys.executable, "-m", "pytest", "-q", *rest]
    if options.marker:
        command += ["-m", options.marker]
    command += ["-n", options.processes]
    if options.cov:
        # The bound is for all halves together: `coverage report` asks for it at the end.
        command += ["--cov", "--cov-report=", "--cov-append", "--cov-fail-under=0"]
    say(f"== {options.marker or 'tests'} on {half}: {' '.join(command[2:])}")
    done = subprocess.run(  # our own command line
        command, cwd=BASE_DIR, env={**os.environ, **environment}, check=False
    )
    if done.returncode == NO_TESTS_COLLECTED and options.marker:
        say(f"No test on {half} is marked {options.marker}.")
        return 0
    return done.returncode


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
    codes = []
    redis = {"TEST_REDIS_URL": REDIS if answers(REDIS) else ""}
    if options.only != "postgres":
        codes.append(run("SQLite", options, rest, {"TEST_DATABASE_URL": "", **redis}))
    if options.only != "sqlite":
        codes.append(postgres_half(options, rest, redis))
    return max(codes)


def postgres_half(options: argparse.Namespace, rest: list[str], redis: dict[str, str]) -> int:
    if answers(POSTGRES):
        # Two checkouts of the project may be tested at the same time.
        name = f"test_hossagent_{zlib.crc32(str(BASE_DIR).encode()):08x}"
        database = {
            "TEST_DATABASE_URL": POSTGRES,
            "TEST_DATABASE_NAME": os.environ.get("TEST_DATABASE_NAME", name),
        }
        return run("Postgres", options, rest, {**database, **redis})
    where = urlsplit(POSTGRES)
    sentence = f"Postgres does not answer at {where.hostname}:{where.port}."
    if IN_CI:
        say(f"{sentence} Start it, or set TEST_DATABASE_URL.")
        return 1
    say(f"{sentence} The tests ran on SQLite only; set TEST_DATABASE_URL for the other half.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

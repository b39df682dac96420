"""Runs the tests: on SQLite always, on Postgres too where it answers.

    python scripts/test.py [--marker slow|e2e] [--only sqlite|postgres] [--cov] [pytest arguments]

The slow tests run on both at the same time: mostly they wait for processes they started,
and one of SQLite's lasts longer than all the others together. With CI=true a service that does not answer is a failure and not a skipped half.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path
from urllib.parse import urlsplit

BASE_DIR = Path(__file__).resolve().parent.parent
POSTGRES = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
IN_CI = os.environ.get("CI", "").lower() in {"1", "true"}
NO_TESTS_COLLECTED = 5

# Per half of the tests its environment.
Halves = dict[str, dict[str, str]]


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


def command_of(half: str, options: argparse.Namespace, rest: list[str]) -> list[str]:
    """pytest's command line; the bound of the coverage is asked for all halves at the end."""
    command = [sys.executable, "-m", "pytest", "-q", *rest]
    if options.marker:
        command += ["-m", options.marker]
    command += ["-n", options.processes]
    if options.cov:
        command += ["--cov", "--cov-report=", "--cov-append", "--cov-fail-under=0"]
    say(f"== {options.marker or 'tests'} on {half}: {' '.join(command[2:])}")
    return command


def verdict(half: str, code: int, options: argparse.Namespace) -> int:
    """The exit code that pytest's stands for."""
    if code == NO_TESTS_COLLECTED and options.marker:
        say(f"No test on {half} is marked {options.marker}.")
        return 0
    return code


def run_in_turn(halves: Halves, options: argparse.Namespace, rest: list[str]) -> int:
    """One half after the other; returns the worse exit code."""
    codes = [0]
    for half, environment in halves.items():
        done = subprocess.run(  # our own command line
            command_of(half, options, rest),
            cwd=BASE_DIR,
            env={**os.environ, **environment},
            check=False,
        )
        codes.append(verdict(half, done.returncode, options))
    return max(codes)


def run_at_once(halves: Halves, options: argparse.Namespace, rest: list[str]) -> int:
    """All halves side by side, each one's words when it has ended; the worse exit code."""
    running = []
    for half, environment in halves.items():
        words = tempfile.TemporaryFile()  # noqa: SIM115 # read when the process has ended
        process = subprocess.Popen(
            command_of(half, options, rest),
            cwd=BASE_DIR,
            env={**os.environ, **environment},
            stdout=words,
            stderr=subprocess.STDOUT,
        )
        running.append((half, process, words))
    codes = [0]
    for half, process, words in running:
        code = process.wait()
        words.seek(0)
        say(f"== {half} has ended.\n{words.read().decode(errors='replace')}")
        codes.append(verdict(half, code, options))
    return max(codes)


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
    halves: Halves = {}
    if options.only != "postgres":
        halves["SQLite"] = {"TEST_DATABASE_URL": "", "TEST_REDIS_URL": redis(0)}
    if options.only != "sqlite":
        if answers(POSTGRES):
            halves["Postgres"] = {**postgres(), "TEST_REDIS_URL": redis(1)}
        elif IN_CI:
            say(f"{no_postgres()} Start it, or set TEST_DATABASE_URL.")
            return 1
    code = (run_at_once if options.marker == "slow" else run_in_turn)(halves, options, rest)
    if options.only != "sqlite" and "Postgres" not in halves:
        say(f"{no_postgres()} The tests ran on SQLite only; set TEST_DATABASE_URL for the other.")
    return code


def redis(half: int) -> str:
    """A numbered database of Redis for each half, because its tests empty theirs: the one
    that was named, and its neighbour. Empty where no Redis answers."""
    if not answers(REDIS):
        return ""
    where = urlsplit(REDIS)
    number = int(where.path.strip("/") or 0)
    return where._replace(path=f"/{number - half if number else half}").geturl()


def postgres() -> dict[str, str]:
    # Two checkouts of the project may be tested at the same time.
    name = f"test_hossagent_{zlib.crc32(str(BASE_DIR).encode()):08x}"
    return {
        "TEST_DATABASE_URL": POSTGRES,
        "TEST_DATABASE_NAME": os.environ.get("TEST_DATABASE_NAME", name),
    }


def no_postgres() -> str:
    where = urlsplit(POSTGRES)
    return f"Postgres does not answer at {where.hostname}:{where.port}."


if __name__ == "__main__":
    sys.exit(main())

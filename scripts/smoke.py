"""`make run` in a fresh clone, as a newcomer would: does the pipeline visibly move?

    python scripts/smoke.py [--minutes 2] [--keep]

Clones this commit, runs `make run` with no service configured, waits for the address,
and then watches pages and tables until every station of the pipeline has something.
Ends by killing the supervisor with SIGKILL: nothing may be left running.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
STARTING_SECONDS = 420

# Every station of the pipeline, and how to see that something arrived there.
STATIONS = {
    "leads": "SELECT count(*) FROM agents_lead",
    "simulated outreach": "SELECT count(*) FROM agents_message WHERE status = 'dry_run'",
    "replies": "SELECT count(*) FROM agents_inboundmessage WHERE status = 'processed'",
    "qualified leads": (
        "SELECT count(*) FROM agents_lead WHERE status IN ('qualified', 'converted')"
    ),
    "finished deliverables": "SELECT count(*) FROM agents_task WHERE status = 'done'",
    "draft work summaries": (
        "SELECT count(*) FROM billing_invoice WHERE status = 'draft' AND total_cents > 0"
    ),
}


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=10) as response:  # noqa: S310 # our own server
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def counts(database: Path) -> dict[str, int]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=20)) as rows:
        return {name: int(rows.execute(sql).fetchone()[0]) for name, sql in STATIONS.items()}


def still_running(folder: Path) -> list[str]:
    listed = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True)
    return [line for line in listed.stdout.splitlines() if str(folder) in line]


def wait_for_address(log: Path, process: subprocess.Popen[bytes]) -> tuple[str, str]:
    """The site's address and the demo portal's, from what `make run` prints."""
    deadline = time.monotonic() + STARTING_SECONDS
    while time.monotonic() < deadline:
        text = re.sub(r"\x1b\[[0-9;]*m", "", log.read_text(encoding="utf-8", errors="replace"))
        portal = re.search(r"Demo portal\s+(\S+)", text)
        site = re.search(r"HossAgent is at (\S+)", text)
        if site and portal and status_of(site[1] + "healthz") == 200:  # noqa: PLR2004 # HTTP
            return site[1], portal[1]
        if process.poll() is not None:
            break
        time.sleep(0.5)
    raise SystemExit(f"make run did not start:\n{log.read_text(encoding='utf-8')[-5000:]}")


def watch(database: Path, minutes: float) -> tuple[dict[str, int], float]:
    started = time.monotonic()
    found = counts(database)
    while not all(found.values()) and time.monotonic() < started + minutes * 60:
        time.sleep(1)
        found = counts(database)
    return found, time.monotonic() - started


def stop(process: subprocess.Popen[bytes], folder: Path) -> list[str]:
    """SIGKILL to `make` and to the supervisor; what is left ten seconds later."""
    listed = subprocess.run(
        ["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=False
    )
    for pid in [*map(int, listed.stdout.split()), process.pid]:
        os.kill(pid, signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + 15
    while still_running(folder) and time.monotonic() < deadline:
        time.sleep(0.2)
    return still_running(folder)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--keep", action="store_true", help="leave the clone where it is")
    options = parser.parse_args()

    folder = Path(tempfile.mkdtemp(prefix="hossagent-smoke-"))
    clone = folder / "clone"
    subprocess.run(["git", "clone", "--quiet", str(BASE_DIR), str(clone)], check=True)
    bind, log = f"127.0.0.1:{free_port()}", folder / "log"
    ours = ("VENV", "DATABASE_URL", "REDIS_URL", "HOSSAGENT_ENV_FILE", "SESSION_SECRET", "CI")
    environment = {k: v for k, v in os.environ.items() if k not in ours}
    began = time.monotonic()
    with log.open("wb") as out:
        process = subprocess.Popen(
            ["make", "run", f"BIND={bind}"], cwd=clone, env=environment, stdout=out, stderr=out
        )
    try:
        site, portal = wait_for_address(log, process)
        say(f"{site} answers {time.monotonic() - began:.0f} s after `make run`")
        found, seconds = watch(clone / "var" / "hossagent.sqlite3", options.minutes)
        pages = {"/": status_of(site), "demo portal": status_of(portal)}
    finally:
        left = stop(process, folder)
    for name, count in found.items():
        say(f"{name:24} {count}")
    say(f"all stations after {seconds:.0f} s; pages: {pages}; left running: {left or 'nothing'}")
    errors = [line for line in log.read_text("utf-8", "replace").splitlines() if " ERROR " in line]
    for line in errors[:20]:
        say(line)
    ok = all(found.values()) and set(pages.values()) == {200} and not left and not errors
    if ok and not options.keep:
        shutil.rmtree(folder)
    else:
        say(f"log: {log}")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())

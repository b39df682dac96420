"""A whole installation in processes of its own, on a scratch database, to be killed at will."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg

from hossagent.config import BASE_DIR
from hossagent.lib import clock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MANAGE = [sys.executable, str(BASE_DIR / "manage.py")]


def eventually(fact: Callable[[], bool], seconds: float = 30, every: float = 0.1) -> bool:
    """Whether `fact` becomes true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if fact():
            return True
        time.sleep(every)
    return fact()


def is_alive(pid: int) -> bool:
    """A zombie is dead; only its parent has not asked yet."""
    listed = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout
    return bool(listed.strip()) and not listed.startswith("Z")


@dataclass
class Machine:
    """Commands run against one database; `environment` is all they know of the world."""

    folder: Path
    url: str
    environment: dict[str, str] = field(default_factory=dict)
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def environ(self) -> dict[str, str]:
        keep = ("PATH", "HOME", "LANG", "VIRTUAL_ENV", "COVERAGE_PROCESS_CONFIG")
        own = {
            "DATABASE_URL": self.url,
            "SESSION_SECRET": "only-for-tests",
            "HOSSAGENT_ENV_FILE": "",
            "SANDBOX_SPEED": "100000",
            "AUTOPILOT_PERIOD_SECONDS": "1",
        }
        return {k: os.environ[k] for k in keep if k in os.environ} | own | self.environment

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """A manage.py command, to its end."""
        return subprocess.run(
            [*MANAGE, *command],
            cwd=BASE_DIR,
            env=self.environ() | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def start(self, *command: str, log: str = "log") -> subprocess.Popen[bytes]:
        """Any program, left running until `stop_all`; its output goes to the file `log`."""
        with (self.folder / log).open("ab") as out:
            process = subprocess.Popen(
                command, cwd=BASE_DIR, env=self.environ(), stdout=out, stderr=out
            )
        self.running.append(process)
        return process

    def start_manage(self, *command: str, log: str = "log") -> subprocess.Popen[bytes]:
        return self.start(*MANAGE, *command, log=log)

    def output(self, log: str = "log") -> str:
        return (self.folder / log).read_text(encoding="utf-8", errors="replace")

    def stop_all(self) -> None:
        for process in self.running:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait()
        self.running.clear()

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of a query, or nothing for a statement, past Django."""
        if self.url.startswith("sqlite"):
            path = self.url.removeprefix("sqlite:///")
            with closing(sqlite3.connect(path, timeout=30)) as connection, connection:
                return connection.execute(query).fetchall()
        with psycopg.connect(self.url, autocommit=True) as server:
            cursor = server.execute(query.encode())
            return cursor.fetchall() if cursor.description else []

    def count(self, query: str) -> int:
        return int(self.sql(f"SELECT count(*) FROM {query}")[0][0])

    def let_leases_end(self) -> None:
        """What would otherwise take minutes of waiting: every lease has run out."""
        # A minute ago and no longer: records that seem old are pruned.
        past = f"'{clock.now() - timedelta(minutes=1):%Y-%m-%d %H:%M:%S+00:00}'"
        self.sql(f"UPDATE accounts_customer SET lease_until = {past} WHERE lease_until IS NOT NULL")
        for table, states in (
            ("agents_message", "'claimed', 'sending'"),
            ("agents_task", "'running'"),
            ("accounts_outboxmail", "'sending'"),
        ):
            column = "not_before_at" if table == "accounts_outboxmail" else "due_at"
            self.sql(f"UPDATE {table} SET {column} = {past} WHERE status IN ({states})")

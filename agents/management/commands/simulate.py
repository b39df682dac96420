"""manage.py simulate: run weeks of the whole product in minutes, in its own database."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from argparse import SUPPRESS
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from rich.console import Console
from rich.progress import track
from rich.table import Table

from accounts.models import Customer
from agents.reports.selectors.story import count_story
from agents.sandbox.services.simulate import HOURS, open_customers, simulate
from hossagent.lib import clock
from hossagent.lib.sqlite import unsynced
from hossagent.lib.text import plural

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Mapping

# The sandbox clock runs at normal speed: days pass because the clock is set forward.
_QUIET_WORLD = {
    "EMAIL_MODE": "DRY_RUN",
    "RELEASE_MODE": "FALSE",
    "SANDBOX_WORLD": "TRUE",
    "SANDBOX_SPEED": "1",
    "ENABLE_STRIPE": "FALSE",
    "OPENAI_API_KEY": "",
    "LEAD_SOURCE_PROVIDER": "DUMMY_SEED",
    "MAX_EMAILS_PER_HOUR": "1000",
    "LOG_LEVEL": "ERROR",
    "HOSSAGENT_ENV_FILE": "",
}


class Command(BaseCommand):
    help = "Run simulated days of the whole product in the sandbox world and report."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--customers", type=int, default=5)
        parser.add_argument("--days", type=int, default=30)
        parser.add_argument(
            "--per-cycle",
            type=int,
            default=1,
            help="The most leads found and emails sent in one cycle of one customer; more take "
            "longer.",
        )
        parser.add_argument(
            "--here",
            action="store_true",
            help="Use the configured database, which must be empty, instead of a new one.",
        )

        # For the child process: the database is deleted afterwards.
        parser.add_argument("--scratch", action="store_true", help=SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        customers, days, per_cycle = options["customers"], options["days"], options["per_cycle"]
        if min(customers, days, per_cycle) < 1:
            raise CommandError("Give at least one customer, one day and one email per cycle.")
        if not options["here"]:
            self._in_a_database_of_its_own(customers=customers, days=days, per_cycle=per_cycle)
            return
        if Customer.objects.exists():
            raise CommandError("This database has customers. A simulation needs an empty one.")
        if settings.CONFIG.SANDBOX_SPEED != 1 or not settings.CONFIG.sandbox_world_on:
            raise CommandError("A simulation needs SANDBOX_WORLD=TRUE and SANDBOX_SPEED=1.")
        with unsynced(connection) if options["scratch"] else nullcontext():
            self._run(customers=customers, days=days)

    def _in_a_database_of_its_own(self, *, customers: int, days: int, per_cycle: int) -> None:
        """Child processes on a scratch SQLite file, so that no real data is involved."""
        with tempfile.TemporaryDirectory(prefix="hossagent-simulation-") as folder:
            path = Path(folder) / "simulation.sqlite3"
            changes = {
                **_QUIET_WORLD,
                "DATABASE_URL": f"sqlite:///{path}",
                "REDIS_URL": "",
                "MAX_EMAILS_PER_CYCLE": str(per_cycle),
                "MAX_NEW_LEADS_PER_CYCLE": str(per_cycle),
            }
            self.stdout.write("Creating a database (this takes a while) ...")
            self._child(["migrate", "--verbosity", "0"], changes)
            arguments = ["--here", "--scratch", "--customers", str(customers), "--days", str(days)]
            self._child(["simulate", *arguments], changes)

    def _child(self, arguments: list[str], changes: Mapping[str, str]) -> None:
        program = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
        # The child gets this process's environment; hossagent.config there reads it.
        environment = {**os.environ, **changes}  # noqa: TID251 # handed on, not read
        done = subprocess.run(program, env=environment, check=False)  # noqa: S603 # our own program
        if done.returncode:
            raise CommandError("The simulation failed. See above.")

    def _run(self, *, customers: int, days: int) -> None:
        start = clock.now().replace(hour=HOURS[0], minute=0, second=0, microsecond=0)
        start += timedelta(days=1)
        open_customers(count=customers, now=start)
        console = Console()
        broken: list[str] = []
        stops = track(
            simulate(start=start, days=days),
            description=f"{customers} customers, {days} days",
            total=days * len(HOURS),
            console=console,
        )
        for moment, news in stops:
            broken += [f"{moment:%Y-%m-%d %H:%M}: {sentence}" for sentence in news]
        table = Table("What happened", "Number", title="Simulation")
        for words, number in count_story().items():
            table.add_row(words, f"{number:,}")
        console.print(table)
        if broken:
            console.print(*broken[:20], sep="\n")
            raise CommandError(f"{plural(len(broken), 'promise was', 'promises were')} broken.")
        console.print("Every promise held at every step.")

"""How far the backfills are; pause one, let it go on, or run it to its end here."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import IO, TYPE_CHECKING, Any, cast

from django.core.management.base import BaseCommand, CommandError
from django.utils.timesince import timesince
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from agents.backfills import selectors
from agents.backfills.errors import NoSuchBackfill
from agents.backfills.services import batches, control
from agents.models import Backfill
from agents.states import BackfillStatus
from hossagent.lib import clock
from hossagent.lib.text import plural

if TYPE_CHECKING:
    from argparse import ArgumentParser

BY = "manage.py backfills"
# A worker may have the batch in hand, or one that failed waits for its next try.
LOOK_EVERY_SECONDS = 0.5


class Command(BaseCommand):
    help = "List the backfills of old rows, or pause, continue or finish one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        one = parser.add_mutually_exclusive_group()
        one.add_argument("--pause", metavar="NAME", help="Stop it after the batch in hand.")
        one.add_argument(
            "--continue", metavar="NAME", dest="resume", help="Let it go on where it stopped."
        )
        one.add_argument(
            "--run", metavar="NAME", help="Run it to its end here; workers may help meanwhile."
        )

    def handle(
        self, *args: Any, pause: str | None, resume: str | None, run: str | None, **options: Any
    ) -> None:
        try:
            if pause:
                done = control.pause(pause, by=BY, now=clock.now())
                self.stdout.write(f"{pause} is paused." if done else f"{pause} is not running.")
            elif resume:
                done = control.resume(resume, by=BY, now=clock.now())
                self.stdout.write(f"{resume} goes on." if done else f"{resume} is running already.")
            elif run:
                self._run(run)
            else:
                self._list()
        except NoSuchBackfill as error:
            raise CommandError(str(error)) from error

    def _list(self) -> None:
        table = Table()
        # Whole on one line: it is copied into --continue.
        table.add_column("Backfill", no_wrap=True)
        for heading in ("Status", "Rows", "Rows/s", "Still", "What it does"):
            table.add_column(heading, overflow="fold")
        for progress in selectors.list_progress(now=clock.now()):
            total = "" if progress.total is None else f" of {progress.total:,}"
            table.add_row(
                progress.name,
                "failing" if progress.is_failing else progress.status,
                f"{progress.done:,}{total}",
                "" if progress.rate is None else f"{progress.rate:,.0f}",
                "" if progress.time_left is None else _words(progress.time_left),
                # Whatever an error says is no markup.
                Text(progress.error or progress.does),
            )
        Console(file=cast("IO[str]", self.stdout)).print(table)

    def _run(self, name: str) -> None:
        if not selectors.is_known(name) and Backfill.objects.filter(name=name).exists():
            raise CommandError(
                f"This version does not know how to fill {name}. Run it with the version that "
                "started it."
            )
        control.resume(name, by=BY, now=clock.now())
        columns = (
            TextColumn(name),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=Console(file=cast("IO[str]", self.stdout))) as shown:
            bar = shown.add_task(name, total=None)
            while True:
                try:
                    filled = batches.fill_one(name, now=clock.now())
                except batches.BatchFailed:
                    filled = False
                row = Backfill.objects.get(name=name)
                shown.update(bar, total=row.total, completed=row.done)
                if row.status != BackfillStatus.RUNNING:
                    break
                if not filled or row.error:
                    time.sleep(LOOK_EVERY_SECONDS)
        if row.status != BackfillStatus.DONE:
            raise CommandError(f"{name} is {row.status}. {row.error}".strip())
        self.stdout.write(f"{name} is done: {plural(row.done, 'row')}.")


def _words(left: timedelta) -> str:
    if left < timedelta(minutes=1):
        return "less than a minute"
    now = clock.now()
    return timesince(now, now + left, depth=1)

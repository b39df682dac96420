"""Run the loops of `hossagent.schedule` in this process, without a broker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections

from hossagent import schedule, subsystems
from hossagent.celery import app
from hossagent.embedded import scheduler

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Run the autopilot's loops in this process until it is told to stop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--queues",
            default=",".join(schedule.QUEUES),
            help="Only the loops of these queues, comma separated (default: all).",
        )
        parser.add_argument("--once", action="store_true", help="Call each loop once, then end.")

    def handle(self, *args: Any, queues: str, once: bool, **options: Any) -> None:
        wanted = _loops_of(queues)
        app.autodiscover_tasks(force=True)
        scheduler.stop_on_signals()
        subsystems.log_startup()
        if once:
            for loop in wanted:
                app.tasks[loop.task]()
            return
        scheduler.run(wanted, lambda name: app.tasks[name](), after_round=close_old_connections)


def _loops_of(queues: str) -> list[schedule.Loop]:
    names = [name.strip() for name in queues.split(",") if name.strip()]
    unknown = sorted(set(names) - set(schedule.QUEUES))
    if unknown or not names:
        raise CommandError(
            f"--queues: {', '.join(unknown) or 'empty'}. Choose among {', '.join(schedule.QUEUES)}."
        )
    return [loop for loop in schedule.loops(settings.CONFIG) if loop.queue in names]

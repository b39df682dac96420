"""`manage.py stripe_diagnostics`: is billing ready, and what to do when it is not."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from billing.services.diagnostics import run_diagnostics
from hossagent.lib import clock
from hossagent.lib.diagnosis import Result

MARKS = {Result.OK: "ok  ", Result.FIX: "FIX ", Result.UNKNOWN: "?   "}


class Command(BaseCommand):
    help = "Check product, price, key, webhook, events and drift. Changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        for found in run_diagnostics(now=clock.now()):
            self.stdout.write(f"{MARKS[found.result]} {found.question}: {found.answer}")
            if found.fix and not found.is_ok:
                self.stdout.write(f"       {found.fix}")

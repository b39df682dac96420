"""`manage.py stripe_diagnostics`: is billing ready, and what to do where it is not."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from billing.services.diagnostics import Result, run_diagnostics
from hossagent.lib import clock

MARKS = {Result.OK: "ok  ", Result.FIX: "FIX ", Result.UNKNOWN: "?   "}


class Command(BaseCommand):
    help = "Check product, price, key, webhook, events and drift. Changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        for check in run_diagnostics(now=clock.now()):
            self.stdout.write(f"{MARKS[check.result]} {check.name}: {check.answer}")
            if check.fix and check.result is not Result.OK:
                self.stdout.write(f"       {check.fix}")

"""manage.py verify_ledger: count every sent email again and print what does not add up."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from agents.reports.selectors.reconcile import verify_ledger
from hossagent.lib import clock

# Broken rows printed for one promise.
SHOWN = 20


class Command(BaseCommand):
    help = (
        "Check every counter and promise about sent email against the rows; fails when one breaks."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        checks = verify_ledger(now=clock.now())
        for check in checks:
            mark = "holds " if check.holds else "BROKEN"
            self.stdout.write(f"{mark}  {check.promise} ({check.rows_checked} rows checked)")
            for line in check.broken[:SHOWN]:
                self.stdout.write(f"        {line}")
        broken = sum(not check.holds for check in checks)
        if broken:
            raise CommandError(f"{broken} of {len(checks)} promises do not hold.")
        self.stdout.write(f"All {len(checks)} promises hold.")

"""manage.py ledger_proof: derive every counter and promise again, print what is wrong."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from agents.reports.selectors.reconcile import verify_ledger
from hossagent.lib import clock


class Command(BaseCommand):
    help = "Prove from the rows what was and was not sent; fails when something is off."

    def handle(self, *args: Any, **options: Any) -> None:
        proofs = verify_ledger(now=clock.now())
        for proof in proofs:
            mark = "holds " if proof.holds else "BROKEN"
            self.stdout.write(f"{mark}  {proof.promise} ({proof.looked_at} looked at)")
            for line in proof.broken[:20]:
                self.stdout.write(f"        {line}")
        broken = sum(not proof.holds for proof in proofs)
        if broken:
            raise CommandError(f"{broken} of {len(proofs)} promises do not hold.")
        self.stdout.write(f"All {len(proofs)} promises hold.")

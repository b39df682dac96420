"""manage.py breakers [--reset ID --by WHO]: list the circuit breakers, or reset one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from agents.models import Breaker
from agents.outreach.services.breakers import reset_breaker
from hossagent.lib import clock

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "List the circuit breakers that stop email, or reset one as a named person."

    def add_arguments(self, parser: ArgumentParser) -> None:
        # --rearm was its name until 0.2; scripts may still say it.
        parser.add_argument(
            "--reset", "--rearm", type=int, metavar="ID", dest="pk", help="the breaker to reset"
        )
        parser.add_argument(
            "--by", default="", metavar="WHO", help="who decides; goes into the audit trail"
        )
        parser.add_argument("--note", default="", help="what was fixed")

    def handle(self, *args: Any, pk: int | None, by: str, note: str, **options: Any) -> None:
        if pk is None:
            return self._list()
        return self._reset(pk=pk, by=by.strip(), note=note)

    def _list(self) -> None:
        breakers = Breaker.objects.filter(rearmed_at=None).order_by("pk")
        for breaker in breakers:
            numbers = ", ".join(f"{name} {value}" for name, value in breaker.numbers.items())
            self.stdout.write(
                f"{breaker.pk}  {breaker.code} ({breaker.scope}) since "
                f"{breaker.tripped_at:%Y-%m-%d %H:%M} UTC: {breaker.sentence} [{numbers}]"
            )
        if not breakers:
            self.stdout.write("No circuit breaker is open.")

    def _reset(self, *, pk: int, by: str, note: str) -> None:
        if not by:
            raise CommandError("Name the person who decides: --by you@agency.com")
        breaker = Breaker.objects.filter(pk=pk).first()
        if breaker is None:
            raise CommandError(f"There is no circuit breaker {pk}.")
        if not reset_breaker(breaker=breaker, by=by, now=clock.now(), note=note):
            raise CommandError(f"Breaker {pk} was already reset by {breaker.rearmed_by}.")
        self.stdout.write(f"Reset {breaker.code} ({breaker.scope}). Email can be sent again.")

"""manage.py breakers [--rearm ID --by WHO]: list the circuit breakers, or reset one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from agents.models import Breaker
from agents.outreach.services.breakers import rearm
from hossagent.lib import clock

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "List the circuit breakers that stop email, or reset one as a named person."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rearm", type=int, metavar="ID", help="the breaker to reset")
        parser.add_argument(
            "--by", default="", metavar="WHO", help="who decides; goes into the audit trail"
        )
        parser.add_argument("--note", default="", help="what was fixed")

    def handle(self, *args: Any, rearm: int | None, by: str, note: str, **options: Any) -> None:
        if rearm is None:
            return self._list()
        return self._rearm(pk=rearm, by=by.strip(), note=note)

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

    def _rearm(self, *, pk: int, by: str, note: str) -> None:
        if not by:
            raise CommandError("Name the person who decides: --by you@agency.com")
        breaker = Breaker.objects.filter(pk=pk).first()
        if breaker is None:
            raise CommandError(f"There is no circuit breaker {pk}.")
        if not rearm(breaker=breaker, by=by, now=clock.now(), note=note):
            raise CommandError(f"Breaker {pk} was already reset by {breaker.rearmed_by}.")
        self.stdout.write(f"Reset {breaker.code} ({breaker.scope}). Email can be sent again.")

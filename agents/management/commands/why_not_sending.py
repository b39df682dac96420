"""manage.py why_not_sending [--customer ID]: what keeps email from being sent, and the fix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Customer
from agents.outreach.selectors.why_not_sending import Explanation, explain_customer, explain_service
from hossagent.lib import clock

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Say why nothing is sending, for the service or for one customer."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--customer", type=int, metavar="ID")

    def handle(self, *args: Any, customer: int | None = None, **options: Any) -> None:
        now = clock.now()
        if customer is None:
            return self._show(explain_service(now=now))
        row = Customer.objects.select_related("subscription", "profile").filter(pk=customer).first()
        if row is None:
            raise CommandError(f"There is no customer {customer}.")
        return self._show(explain_customer(customer=row, now=now))

    def _show(self, explanation: Explanation) -> None:
        for check in explanation.checks:
            mark = "ok  " if check.is_ok else "STOP"
            self.stdout.write(f"{mark}  {check.question:34} {check.answer}")
            if not check.is_ok and check.fix:
                self.stdout.write(f"      {check.fix}")
        when = explanation.next_send_at
        if when:
            self.stdout.write(f"Next send: {when:%Y-%m-%d %H:%M:%S} UTC")
        else:
            self.stdout.write(f"Next send: {explanation.next_hold or 'nothing is queued'}")

"""manage.py find_leads N --customer ID: find N more leads, or say why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Customer
from agents.leads.services.search import find_leads
from billing.entitlements import can_run_agent_for
from hossagent.lib import clock

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Find N more leads for a customer. The next run continues where this one stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("count", type=int)
        parser.add_argument("--customer", type=int, required=True, help="Customer ID.")

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        customer = (
            Customer.objects.select_related("subscription", "profile")
            .filter(pk=options["customer"])
            .first()
        )
        if customer is None:
            raise CommandError(f"There is no customer {options['customer']}.")
        if not can_run_agent_for(customer, now=now):
            raise CommandError(f"The plan of {customer.company} does not allow its agents to run.")
        if not customer.niche.strip():
            raise CommandError(f"{customer.company} has no niche yet. Set one first.")
        for search in find_leads(customer=customer, wanted=max(options["count"], 0), now=now):
            self.stdout.write(
                f"{search.provider}: {search.result.value}, {search.created} of {search.wanted} "
                f"found. {search.why}".strip()
            )
            for rejected in search.rejected:
                self.stdout.write(f"  rejected: {rejected.reason}")

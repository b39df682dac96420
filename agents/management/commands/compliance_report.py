"""manage.py compliance_report EMAIL [--customer ID]: the evidence for one recipient."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import Customer
from agents.reports.selectors.compliance_report import get_compliance_report
from hossagent.lib import clock

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Print everything that is known about writing to one address, as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--customer", type=int, metavar="ID")

    def handle(
        self, *args: Any, email: str = "", customer: int | None = None, **options: Any
    ) -> None:
        owner = None
        if customer is not None:
            owner = Customer.objects.filter(pk=customer).first()
            if owner is None:
                raise CommandError(f"There is no customer {customer}.")
        report = get_compliance_report(email=email, now=clock.now(), customer=owner)
        self.stdout.write(json.dumps(report, indent=2, ensure_ascii=False))

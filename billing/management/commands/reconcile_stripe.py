"""`manage.py reconcile_stripe`: compare every customer with Stripe, report, repair."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from billing import gateway
from billing.services.reconcile import reconcile_all
from hossagent.lib import clock

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(BaseCommand):
    help = "Compare every customer's subscription with Stripe, report differences, repair them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--report-only", action="store_true", help="report and change nothing, here or there"
        )

    def handle(self, *args: Any, report_only: bool, **options: Any) -> None:
        try:
            report = reconcile_all(now=clock.now(), repair=not report_only)
        except gateway.StripeIsOff as reason:
            self.stdout.write(f"Nothing to reconcile. {reason}")
            return
        except gateway.StripeError as error:
            raise CommandError(f"{error}. Nothing is lost; run it again later.") from error
        for finding in report.findings:
            self.stdout.write(f"{finding.company} (customer {finding.customer_id})")
            if finding.problem:
                self.stdout.write(f"  needs you: {finding.problem}")
            if finding.live_subscriptions > 1:
                page = reverse("admin:stripe_subscriptions", args=[finding.customer_id])
                self.stdout.write(f"  at {settings.CONFIG.BASE_URL}{page}")
            for name, values in sorted(finding.differences.items()):
                ours, theirs = values["ours"] or "nothing", values["stripe"] or "nothing"
                self.stdout.write(f"  {name}: we had {ours}, Stripe has {theirs}")
        repaired = "found" if report_only else "repaired"
        drifted = sum(1 for finding in report.findings if finding.differences)
        self.stdout.write(f"{report.compared} compared, {drifted} {repaired}.")

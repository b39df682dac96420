"""manage.py send_test_email TO: one email through the configured transport, and its result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from agents.outreach.services.send.probe import send_test_mail
from hossagent.lib import clock

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Send one test email to yourself. In DRY_RUN, only say what would happen."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("to")

    def handle(self, *args: Any, to: str = "", **options: Any) -> None:
        result = send_test_mail(to=to, by="command line", now=clock.now())
        if not result.success:
            raise CommandError(f"{result.mode}: {result.error}")
        self.stdout.write(
            f"success={result.success} mode={result.mode} error={result.error}\n"
            + (
                "Nothing was sent: the email subsystem is in DRY_RUN."
                if result.mode == "DRY_RUN"
                else f"Check the headers in {to} for spf=pass, dkim=pass and dmarc=pass."
            )
        )

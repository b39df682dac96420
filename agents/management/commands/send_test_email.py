"""manage.py send_test_email TO: one mail through the configured transport, and its result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from agents.outreach.services.send.probe import send_test_mail
from hossagent.lib import clock

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Send one test mail to yourself; in DRY_RUN it only says what would happen."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("to")

    def handle(self, *args: Any, to: str = "", **options: Any) -> None:
        result = send_test_mail(to=to, by="command line", now=clock.now())
        if not result.success:
            raise CommandError(f"{result.mode}: {result.error}")
        self.stdout.write(
            f"success={result.success} mode={result.mode} error={result.error}\n"
            + (
                "Nothing left: the email subsystem is a dry run."
                if result.mode == "DRY_RUN"
                else f"Look at the headers in {to}: spf=pass, dkim=pass and dmarc=pass are needed."
            )
        )

"""manage.py daily_summary: the digest in the terminal, as JSON, or by email."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.template.loader import render_to_string

from agents.reports.selectors.summary import generate_daily_summary
from agents.reports.services.digest import OperatorAddressMissing, queue_digest
from hossagent.lib import clock
from hossagent.lib.calendars import is_timezone

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

WEEK = 7


class Command(BaseCommand):
    help = "Print what happened in the last 24 hours (or 7 days), and what needs your attention."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--weekly", action="store_true", help="The last 7 days.")
        parser.add_argument("--json", action="store_true", help="Machine-readable.")
        parser.add_argument(
            "--zone", default="UTC", help="The time zone of the days, for example Europe/Berlin."
        )
        parser.add_argument(
            "--send", action="store_true", help="Also email it to OPERATOR_EMAIL, once a day."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not is_timezone(options["zone"]):
            raise CommandError(
                f"--zone: {options['zone']!r} is not a time zone. Use a name such as Europe/Berlin."
            )
        summary = generate_daily_summary(
            now=clock.now(), days=WEEK if options["weekly"] else 1, zone=options["zone"]
        )
        if options["json"]:
            self.stdout.write(json.dumps(summary.as_json(), indent=2))
        else:
            self.stdout.write(
                render_to_string("emails/agents/summary.txt", {"summary": summary}).strip()
            )
        if options["send"]:
            try:
                mail = queue_digest(summary=summary)
            except OperatorAddressMissing as error:
                raise CommandError(str(error)) from error
            self.stderr.write(f"Queued for {mail.to}.")

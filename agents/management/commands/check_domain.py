"""manage.py check_domain [DOMAIN]: look up SPF, DKIM and DMARC, and store the result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from agents.mailboxes.services.domain_check import check_domain
from agents.mode import get_sender_address
from hossagent.lib import clock

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Check SPF, DKIM and DMARC of the sending domain and show the DNS records to add."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("domain", nargs="?", default="")

    def handle(self, *args: Any, domain: str = "", **options: Any) -> None:
        domain = (domain or get_sender_address().rpartition("@")[2]).lower()
        if not domain:
            raise CommandError("Name a domain, or set SENDGRID_FROM_EMAIL or SMTP_FROM_EMAIL.")
        check = check_domain(domain=domain, now=clock.now())
        for name in ("spf", "dkim", "dmarc"):
            detail = check.details[name]
            self.stdout.write(f"{name.upper():6} {getattr(check, name):8} {detail['found']}")
            if detail["sentence"]:
                self.stdout.write(f"       {detail['sentence']}")
            if detail["paste"]:
                self.stdout.write(f"       TXT {detail['name']}  {detail['paste']}")

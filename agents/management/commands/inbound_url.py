"""manage.py inbound_url: the address to enter in SendGrid under Inbound Parse."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from agents.inbox.selectors.inbound_webhook import inbound_webhook_url


class Command(BaseCommand):
    help = "Print the address that SendGrid's Inbound Parse posts replies to. Keep it secret."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(inbound_webhook_url())

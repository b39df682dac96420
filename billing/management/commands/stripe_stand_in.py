"""`manage.py stripe_stand_in`: a pretend Stripe on this machine, to try the paid path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from billing.dev.server import StandIn
from hossagent.config import VAR_DIR
from hossagent.lib import clock

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

SETTINGS = """\
The stand-in for Stripe listens at {base}. No money moves.
Start the site with these settings (`manage.py up --with-stripe-stand-in` does it for you):

  ENABLE_STRIPE=TRUE
  STRIPE_API_KEY={key}
  STRIPE_WEBHOOK_SECRET={secret}
  STRIPE_API_BASE={base}
"""
KEY = "sk_test_standin0000000000000000"
SECRET = "whsec_standin0000000000000000"  # noqa: S105 # opens nothing but the stand-in
PORT = 12111


class Command(BaseCommand):
    help = "Run a pretend Stripe on this machine. Refused in release mode."

    def add_arguments(self, parser: CommandParser) -> None:
        base = urlsplit(settings.CONFIG.STRIPE_API_BASE)
        parser.add_argument("--port", type=int, default=base.port or PORT)

    def handle(self, *args: Any, port: int, **options: Any) -> None:
        config = settings.CONFIG
        if config.RELEASE_MODE:
            raise CommandError("There is no stand-in for Stripe when RELEASE_MODE=TRUE.")
        secret = config.STRIPE_WEBHOOK_SECRET.get_secret_value() or SECRET
        stand_in = StandIn(
            clock=clock.now,
            port=port,
            webhook_url=f"{config.BASE_URL}/stripe/webhook",
            webhook_secret=secret,
            state=VAR_DIR / "stripe_stand_in.json",
        )
        self.stdout.write(SETTINGS.format(base=stand_in.base_url, key=KEY, secret=secret))
        try:
            stand_in.serve()
        except KeyboardInterrupt:
            stand_in.stop()

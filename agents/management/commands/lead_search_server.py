"""manage.py lead_search_server: a lead search API with fictional leads, on this machine."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from agents.leads.dev.server import StandIn

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Run a lead search API with fictional leads, to try SEARCH_API without an account."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8900)
        parser.add_argument("--key", default="demo-key-for-this-machine")
        parser.add_argument("--total", type=int, default=10_000, help="Leads per search.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            server = StandIn(key=options["key"], port=options["port"], total=options["total"])
        except OSError as error:
            raise CommandError(f"Port {options['port']} cannot be used: {error}") from error
        self.stdout.write("Set these variables, then restart the service:")
        self.stdout.write("LEAD_SOURCE_PROVIDER=SEARCH_API")
        self.stdout.write(f"LEAD_SEARCH_API_URL={server.url}")
        self.stdout.write(f"LEAD_SEARCH_API_KEY={options['key']}")
        self.stdout.flush()
        # As with `up`: also where whoever started it had the interrupt ignored.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")
        finally:
            server.server_close()

"""manage.py seed_demo: create the demo customers and the house where they are missing."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from agents.sandbox.services.demo import find_demo, seed_demo
from hossagent.lib import clock


class Command(BaseCommand):
    help = "Create the demo customers and the house. A second run changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.CONFIG.RELEASE_MODE:
            raise CommandError("The demo is not for release mode. Set RELEASE_MODE=FALSE.")
        made = seed_demo(now=clock.now())
        for customer in made:
            self.stdout.write(f"Created {customer.company}.")
        if not made:
            self.stdout.write("The demo already exists.")
        demo = find_demo()
        if demo is not None:
            self.stdout.write(f"Portal: {settings.CONFIG.BASE_URL}/portal/{demo.public_token}")

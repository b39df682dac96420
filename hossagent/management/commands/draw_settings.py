"""Write `.env.example` and docs/reference/settings.md from the configuration's own fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand

from hossagent.generated import write_or_check
from hossagent.variables import example_file, settings_page

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    help = "Write .env.example and docs/reference/settings.md, or check that they are in step."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="Only compare.")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        files = {".env.example": example_file(), "docs/reference/settings.md": settings_page()}
        for name in write_or_check(files, check=check):
            self.stdout.write(f"Wrote {name}.")

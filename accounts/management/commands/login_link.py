"""Print a sign-in link, for installations without mail and for support."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.services.login_links import issue_link
from hossagent.lib import clock
from hossagent.lib.text import normalize_email

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(BaseCommand):
    help = "Print a sign-in link for a customer's user. It works once, for 15 minutes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        email = normalize_email(options["email"])
        user = User.objects.filter(email=email).first()
        if user is None:
            raise CommandError(f"No one signs in as {email}. Check the spelling.")
        if user.is_staff:
            raise CommandError(f"{email} is an operator and signs in at /admin with a password.")
        if not user.is_active:
            raise CommandError(f"{email} is switched off.")
        issued = issue_link(user=user, email=email, now=clock.now())
        self.stdout.write(issued.url)

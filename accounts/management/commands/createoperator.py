"""Make an operator, who signs in at /admin with a password."""

from __future__ import annotations

from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError

from accounts.models import User
from accounts.services.operators import create_operator
from hossagent.lib import clock
from hossagent.lib.text import normalize_email

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(BaseCommand):
    help = "Create an operator. Asks for the password, or reads it from --password-file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument(
            "--password-file", default="", help="A file that contains the password."
        )
        parser.add_argument(
            "--limited",
            action="store_true",
            help="Create it without rights. Grant them one by one.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        email = normalize_email(options["email"])
        password = self._password(options["password_file"])
        try:
            validate_password(password, User(email=email))
            create_operator(
                email=email, password=password, superuser=not options["limited"], now=clock.now()
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except IntegrityError as error:
            raise CommandError(
                f"Someone already signs in as {email}. An operator needs an address of their own."
            ) from error
        self.stdout.write(f"{email} can sign in at /admin. Add one-time codes with operator_totp.")

    def _password(self, file: str) -> str:
        if file:
            try:
                return Path(file).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise CommandError(f"Cannot read {file}: {error}") from error
        first = getpass("Password: ")
        if first != getpass("Password again: "):
            raise CommandError("The two passwords differ. Nothing was created.")
        return first

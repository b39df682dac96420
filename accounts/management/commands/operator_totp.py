"""Set up an operator's one-time codes, on the server, where the operator is trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import qrcode
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.services import one_time_passwords
from accounts.services.audit import SYSTEM
from hossagent.lib import clock
from hossagent.lib.text import normalize_email

if TYPE_CHECKING:
    from django.core.management.base import CommandParser


class Command(BaseCommand):
    help = "Set up one-time codes (TOTP) and recovery codes for an operator."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--remove", action="store_true", help="Go back to password only.")
        parser.add_argument(
            "--code", default="", help="The code from the app, to skip the question."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        email = normalize_email(options["email"])
        operator = User.objects.filter(email=email, is_staff=True).first()
        if operator is None:
            raise CommandError(f"{email} is not an operator. Create one with createoperator.")
        if options["remove"]:
            one_time_passwords.remove_second_factor(operator=operator, by=SYSTEM, now=clock.now())
            self.stdout.write(f"{email} signs in with the password alone.")
            return
        device = one_time_passwords.begin_enrolment(operator=operator)
        picture = qrcode.QRCode(border=1)
        picture.add_data(device.config_url)
        picture.print_ascii(out=self.stdout)
        self.stdout.write(f"\n{device.config_url}\n\nScan the picture, or enter the address.\n")
        code = options["code"] or input("Code from the app: ")
        codes = one_time_passwords.finish_enrolment(device=device, code=code, now=clock.now())
        if codes is None:
            raise CommandError("This code is wrong. Nothing has changed. Run the command again.")
        self.stdout.write("Done. Keep these recovery codes; each works once:\n")
        self.stdout.write("\n".join(codes))

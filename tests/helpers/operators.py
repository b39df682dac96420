"""An operator at the console's door, with and without a second factor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django_otp.oath import totp

from accounts.services import one_time_passwords
from tests.conftest import NOON

if TYPE_CHECKING:
    from django_otp.plugins.otp_totp.models import TOTPDevice

    from accounts.models import User
    from tests.helpers.clients import SiteClient

EMAIL, PASSWORD = "hoss@hossagent.test", "correct horse battery"


def code_of(device: TOTPDevice, *, steps: int = 0) -> str:
    code = totp(device.bin_key, step=device.step, drift=steps)  # type: ignore[no-untyped-call] # django-otp
    return f"{code:06d}"


def enroll(operator: User) -> tuple[TOTPDevice, list[str]]:
    device = one_time_passwords.begin_enrolment(operator=operator)
    codes = one_time_passwords.finish_enrolment(
        device=device, code=code_of(device, steps=-1), now=NOON
    )
    assert codes is not None
    return device, codes


def enter_console(client: SiteClient, code: str = "") -> Any:
    return client.post(
        "/admin/login/", {"username": EMAIL, "password": PASSWORD, "otp_token": code}
    )

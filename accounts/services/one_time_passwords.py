"""Operators' second factor: enrolment in two steps, and recovery codes."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.db import transaction
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.services.audit import record
from accounts.states import AuditAction

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import User

RECOVERY_CODES = 10
# No digits only: the sign-in form tells a recovery code from a one-time code by its shape.
LETTERS = "bcdfghjkmnpqrstvwxz"


def has_second_factor(user: User) -> bool:
    return bool(TOTPDevice.objects.filter(user=user, confirmed=True).exists())


def begin_enrolment(*, operator: User) -> TOTPDevice:
    """A device that does not count yet; `device.config_url` is what the app scans."""
    TOTPDevice.objects.filter(user=operator, confirmed=False).delete()
    device: TOTPDevice = TOTPDevice.objects.create(
        user=operator, name="Authenticator", confirmed=False
    )
    return device


@transaction.atomic
def finish_enrolment(*, device: TOTPDevice, code: str, now: datetime) -> list[str] | None:
    """Make the device count once it has shown a right code; returns fresh recovery codes,
    or None for a wrong code. An earlier device and earlier codes end. Console sessions
    that have not passed the second factor are shut out from now on."""
    if not device.verify_token(code.strip()):  # type: ignore[no-untyped-call] # django-otp
        return None
    TOTPDevice.objects.filter(user=device.user).exclude(pk=device.pk).delete()
    device.confirmed = True
    device.save()
    codes = _new_codes(device.user)
    record(AuditAction.SECOND_FACTOR_ADDED, at=now, actor=device.user.email, subject=device.user)
    return codes


@transaction.atomic
def remove_second_factor(*, operator: User, by: str, now: datetime) -> None:
    """For a lost phone without recovery codes: the password alone signs in again."""
    TOTPDevice.objects.filter(user=operator).delete()
    StaticDevice.objects.filter(user=operator).delete()
    record(AuditAction.SECOND_FACTOR_REMOVED, at=now, actor=by, subject=operator)


def _new_codes(operator: User) -> list[str]:
    StaticDevice.objects.filter(user=operator).delete()
    device = StaticDevice.objects.create(user=operator, name="Recovery codes")
    codes = ["".join(secrets.choice(LETTERS) for _ in range(12)) for _ in range(RECOVERY_CODES)]
    for code in codes:
        device.token_set.create(token=code)
    return codes

"""The first operator of a new installation, so that somebody can sign in at /admin."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from accounts.models import User
from accounts.services import audit
from accounts.states import AuditAction
from hossagent.config import VAR_DIR

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

FALLBACK_EMAIL = "operator@hossagent.example"


@dataclass(frozen=True, slots=True)
class Operator:
    """Who may sign in. `password` is the one that we made, while it works; empty otherwise."""

    email: str
    password: str = ""


def password_file() -> Path:
    return VAR_DIR / "operator_password"


def ensure_first_operator(*, now: datetime) -> Operator:
    """The operator whom `manage.py up` names: created once, with a random password.

    The password is in var/operator_password, readable by its owner alone, until the operator
    changes it. Where operators exist, none is created.
    """
    user = User.objects.filter(is_staff=True, is_active=True).order_by("pk").first()
    if user is None:
        return _create_first_operator(now=now)
    file = password_file()
    password = file.read_text(encoding="utf-8").strip() if file.is_file() else ""
    if password and user.check_password(password):
        return Operator(user.email, password)
    return Operator(user.email)


@transaction.atomic
def create_operator(
    *, email: str, password: str, now: datetime, superuser: bool = True, by: str = audit.SYSTEM
) -> User:
    """Another operator. Raises `IntegrityError` when somebody signs in with this address."""
    user = User.objects.create_operator(
        email=email, password=password, now=now, superuser=superuser
    )
    audit.record(AuditAction.OPERATOR_CREATED, at=now, actor=by, subject=user)
    return user


def _create_first_operator(*, now: datetime) -> Operator:
    email = settings.CONFIG.OPERATOR_EMAIL or FALLBACK_EMAIL
    password = secrets.token_urlsafe(12)
    with transaction.atomic():
        user = User.objects.create_operator(email=email, password=password, now=now)
        audit.record(AuditAction.OPERATOR_CREATED, at=now, actor=audit.SYSTEM, subject=user)
        _save_password(password)
    return Operator(user.email, password)


def _save_password(password: str) -> None:
    path = password_file()
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(password + "\n")

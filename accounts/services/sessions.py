"""Ending a person's sessions in every browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.models import LoginLink, User
from accounts.services.audit import record
from accounts.states import AuditAction

if TYPE_CHECKING:
    from datetime import datetime


def end_sessions(*, user: User) -> None:
    """Make every session of `user` invalid once the row is saved: the random unusable
    password is part of each session's signature."""
    user.set_unusable_password()


@transaction.atomic
def sign_out_everywhere(*, user: User, now: datetime) -> None:
    """End all sessions and all open credentials of a customer's person."""
    locked = User.objects.select_for_update().get(pk=user.pk, is_staff=False)
    end_sessions(user=locked)
    locked.save(update_fields=["password"])
    LoginLink.objects.filter(user=locked).spend(now=now)
    record(AuditAction.SESSIONS_ENDED, at=now, actor=locked.email, subject=locked)

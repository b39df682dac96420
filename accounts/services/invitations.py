"""Asking somebody to join a customer, or to claim one that was opened for them."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from django.db import transaction

from accounts.models import Invitation
from accounts.services.audit import record

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer
    from accounts.states import Role


def hash_token(token: str) -> str:
    """What is stored of an invitation's token: enough to recognize it, not to use it."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def invite(
    *, customer: Customer, email: str, role: Role, by: str, expires_at: datetime, now: datetime
) -> tuple[Invitation, str]:
    """A new invitation and its token, which is in no row and can be read only now.

    An open invitation of the same person to the same customer is revoked first.
    """
    address = email.strip().lower()
    Invitation.objects.filter(
        customer=customer, email=address, accepted_at=None, revoked_at=None
    ).update(revoked_at=now)
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        customer=customer,
        email=address,
        role=role,
        token_hash=hash_token(token),
        created_at=now,
        expires_at=expires_at,
    )
    record(
        at=now,
        actor=by,
        action="invitation.create",
        customer_id=customer.pk,
        subject=invitation,
        after={"email": address, "role": str(role)},
    )
    return invitation, token

"""Asking somebody to join a customer, or to claim one that was opened for them."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.access import has_role
from accounts.models import Invitation, Membership, User
from accounts.services.address_proof import prove_address
from accounts.services.audit import Change, record
from accounts.states import AuditAction
from hossagent.lib.signing import hash_token

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer
    from accounts.states import Role


def invitation_url(token: str) -> str:
    """Where the mail's link leads."""
    return f"{settings.CONFIG.BASE_URL}/invitation/{token}/"


@transaction.atomic
def invite(
    *, customer: Customer, email: str, role: Role, by: str, expires_at: datetime, now: datetime
) -> tuple[Invitation, str]:
    """A new invitation and its token, which is in no row and can be read only now.

    An open invitation of the same person to the same customer is revoked first.
    """
    address = email.strip().lower()
    Invitation.objects.open().filter(customer=customer, email=address).update(revoked_at=now)
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
        AuditAction.INVITATION_CREATED,
        at=now,
        actor=by,
        customer_id=customer.pk,
        subject=invitation,
        change=Change(after={"email": address, "role": str(role)}),
    )
    return invitation, token


class NotForOperators(Exception):
    """The invited address belongs to an operator, or to somebody switched off."""


class SignInFirst(Exception):
    """The invited person has an account; see `needs_sign_in`."""


def find_invitation(*, token: str, now: datetime) -> Invitation | None:
    """The open invitation behind a token; looking accepts nothing."""
    found: Invitation | None = (
        Invitation.objects.open()
        .select_related("customer")
        .filter(token_hash=hash_token(token), expires_at__gt=now, customer__closed_at=None)
        .first()
    )
    return found


def needs_sign_in(*, invitation: Invitation, signed_in_as: int | None) -> bool:
    """The address belongs to a person who has proven it, and this browser is not theirs.

    The link may have been passed on, and must not open what that person already has: they
    sign in first. Somebody new has nothing else to open.
    """
    return (
        User.objects.filter(
            email=invitation.email,
            email_verified_at__isnull=False,
            is_active=True,
            is_staff=False,
        )
        .exclude(pk=signed_in_as or 0)
        .exists()
    )


@transaction.atomic
def accept_invitation(
    *, invitation: Invitation, signed_in_as: int | None, now: datetime
) -> User | None:
    """Join the customer under the invited address, or None when it was accepted or revoked
    meanwhile. The token came by mail, so the address is proven by it.

    A new person is made where the address is unknown; somebody who belongs already keeps
    the higher role. Raises `NotForOperators` and `SignInFirst`.
    """
    taken = Invitation.objects.open().filter(pk=invitation.pk, expires_at__gt=now)
    if not taken.update(accepted_at=now):
        return None
    user = _person(invitation, signed_in_as=signed_in_as, now=now)
    membership, is_new = Membership.objects.get_or_create(
        user=user,
        customer=invitation.customer,
        defaults={"role": invitation.role, "created_at": now},
    )
    if not is_new and not has_role(membership, invitation.role):
        Membership.objects.filter(pk=membership.pk).update(role=invitation.role)
    record(
        AuditAction.INVITATION_ACCEPTED,
        at=now,
        actor=user.email,
        customer_id=invitation.customer_id,
        subject=invitation,
        change=Change(after={"role": invitation.role}),
    )
    return user


def _person(invitation: Invitation, *, signed_in_as: int | None, now: datetime) -> User:
    user = User.objects.filter(email=invitation.email).first()
    if user is None:
        try:
            with transaction.atomic():
                return User.objects.create_user(
                    email=invitation.email, now=now, email_verified_at=now
                )
        except IntegrityError:
            user = User.objects.get(email=invitation.email)
    if user.is_staff or not user.is_active:
        raise NotForOperators(invitation.email)
    if needs_sign_in(invitation=invitation, signed_in_as=signed_in_as):
        raise SignInFirst(invitation.email)
    return prove_address(
        user_id=user.pk, email=invitation.email, signed_in_as=signed_in_as, now=now
    )

"""Who belongs to a customer: inviting people, changing what they may do, letting them go.

A customer always keeps an owner who can sign in. Each change locks the customer first, so
that of two owners who demote each other at the same moment the second one is refused.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from accounts.models import Customer, Invitation, Membership
from accounts.services.audit import Change, record
from accounts.services.invitations import invitation_url, invite
from accounts.services.outbox import AccountEmail, queue_mail
from accounts.states import AuditAction, Role

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import User

INVITATION_LASTS = timedelta(days=7)
MOST_OPEN = 50


class NotConfirmed(Exception):
    """The person who invites has not confirmed their own address, so no mail is sent."""


class AlreadyMember(Exception):
    """The invited person belongs to the customer already."""


class TooManyInvitations(Exception):
    """The customer has as many open invitations as it may have."""


class InvitationOver(Exception):
    """The invitation was accepted or revoked meanwhile."""


class LastOwner(Exception):
    """Without this person nobody could pay for the account or close it."""


@transaction.atomic
def invite_member(
    *, customer: Customer, email: str, role: Role, by: User, now: datetime
) -> Invitation:
    """Invite `email` and queue the mail; an open invitation of that address is replaced.

    Raises `NotConfirmed`, `AlreadyMember` and `TooManyInvitations`.
    """
    if by.email_verified_at is None:
        raise NotConfirmed
    Customer.objects.lock(customer.pk)
    if Membership.objects.filter(customer=customer, user__email=email).exists():
        raise AlreadyMember(email)
    waiting = Invitation.objects.open().filter(customer=customer).exclude(email=email)
    if waiting.count() >= MOST_OPEN:
        raise TooManyInvitations
    return _invite_by_mail(customer=customer, email=email, role=role, by=by, now=now)


@transaction.atomic
def resend_invitation(*, invitation: Invitation, by: User, now: datetime) -> Invitation:
    """A new mail with a new link and a new week; the link of the earlier mail is dead.

    Raises `InvitationOver` and `NotConfirmed`.
    """
    if by.email_verified_at is None:
        raise NotConfirmed
    Customer.objects.lock(invitation.customer_id)
    if not Invitation.objects.open().filter(pk=invitation.pk).exists():
        raise InvitationOver
    return _invite_by_mail(
        customer=invitation.customer,
        email=invitation.email,
        role=Role(invitation.role),
        by=by,
        now=now,
    )


@transaction.atomic
def revoke_invitation(*, invitation: Invitation, by: str, now: datetime) -> None:
    """Make the link worthless. Raises `InvitationOver`."""
    if not Invitation.objects.open().filter(pk=invitation.pk).update(revoked_at=now):
        raise InvitationOver
    record(
        AuditAction.INVITATION_REVOKED,
        at=now,
        actor=by,
        customer_id=invitation.customer_id,
        subject=invitation,
        change=Change(before={"email": invitation.email, "role": invitation.role}),
    )


@transaction.atomic
def change_role(*, membership: Membership, role: Role, by: str, now: datetime) -> bool:
    """Give a member another role; False when it is theirs already. Raises `LastOwner`."""
    current = _lock_member(membership)
    if current.role == role:
        return False
    if current.role == Role.OWNER:
        _require_another_owner(current)
    Membership.objects.filter(pk=current.pk).update(role=role)
    record(
        AuditAction.MEMBER_ROLE_CHANGED,
        at=now,
        actor=by,
        customer_id=current.customer_id,
        subject=current,
        change=Change(
            before={"email": current.user.email, "role": current.role},
            after={"email": current.user.email, "role": str(role)},
        ),
    )
    return True


@transaction.atomic
def remove_member(*, membership: Membership, by: str, now: datetime) -> None:
    """End a membership; its person's next request finds no such customer.

    Raises `LastOwner`, and `Membership.DoesNotExist` when somebody was faster.
    """
    current = _lock_member(membership)
    if current.role == Role.OWNER:
        _require_another_owner(current)
    record(
        AuditAction.MEMBER_LEFT if by == current.user.email else AuditAction.MEMBER_REMOVED,
        at=now,
        actor=by,
        customer_id=current.customer_id,
        subject=current,
        change=Change(before={"email": current.user.email, "role": current.role}),
    )
    current.delete()


def _lock_member(membership: Membership) -> Membership:
    """The row as it is once the customer is locked."""
    Customer.objects.lock(membership.customer_id)
    return Membership.objects.select_related("user").get(pk=membership.pk)


def _require_another_owner(leaving: Membership) -> None:
    others = Membership.objects.filter(
        customer_id=leaving.customer_id, role=Role.OWNER, user__is_active=True
    ).exclude(pk=leaving.pk)
    if not others.exists():
        raise LastOwner


def _invite_by_mail(
    *, customer: Customer, email: str, role: Role, by: User, now: datetime
) -> Invitation:
    invitation, token = invite(
        customer=customer,
        email=email,
        role=role,
        by=by.email,
        expires_at=now + INVITATION_LASTS,
        now=now,
    )
    queue_mail(
        AccountEmail(
            kind="accounts/team_invitation",
            to=invitation.email,
            context={
                "company": customer.company,
                "email": invitation.email,
                "invited_by": by.email,
                "role": role.label.lower(),
                "url": invitation_url(token),
                "expires_at": invitation.expires_at,
            },
        ),
        dedupe_key=f"invitation:{invitation.pk}",
        customer_id=customer.pk,
        now=now,
        expires_at=invitation.expires_at,
    )
    return invitation

"""A person has shown that they read mail at an address: what begins then, and what ends.

Whoever signed up with somebody else's address loses what they set up as soon as its owner
proves it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from accounts.models import LoginLink, User
from accounts.services.audit import Change, record
from accounts.services.connected_accounts import remove_connected_accounts
from accounts.services.outbox import AccountEmail, queue_mail
from accounts.services.sessions import end_sessions
from accounts.states import AuditAction

if TYPE_CHECKING:
    from datetime import datetime


class AddressTaken(Exception):
    """Somebody else signs in with this address."""


def lock_person(user_id: int) -> User:
    """Hold the person's row until the transaction ends, and return it as it is now.

    What is asked for and what is proven in one person's name takes turns.
    """
    return User.objects.select_for_update().get(pk=user_id)


@transaction.atomic
def prove_address(*, user_id: int, email: str, signed_in_as: int | None, now: datetime) -> User:
    """Record that the person reads mail at `email`, by a link, a code, an invitation or
    Google's word. Raises `AddressTaken`.

    All open links of the person are spent, those to other mailboxes too. When the proof is
    news, sessions and connected accounts end as well, because whoever opened them never
    proved the mailbox. They stay when this browser (`signed_in_as`) is the person's already,
    unless the address changes: then nothing from before counts.
    """
    user = lock_person(user_id)
    LoginLink.objects.filter(user=user).spend(now=now)
    if user.email == email and user.email_verified_at is not None:
        return user
    before = user.email
    if signed_in_as != user.pk or before != email:
        end_sessions(user=user)
        remove_connected_accounts(user=user, by=email, now=now)
    user.email = email
    user.email_verified_at = now
    try:
        with transaction.atomic():
            user.save(update_fields=["email", "email_verified_at", "password"])
    except IntegrityError as error:
        raise AddressTaken(email) from error
    if before != email:
        queue_mail(
            AccountEmail(
                kind="accounts/address_changed",
                to=before,
                context={"email": before, "new_email": email},
            ),
            dedupe_key=f"address-changed:{user.pk}:{now.timestamp()}",
            now=now,
        )
    record(
        AuditAction.ADDRESS_PROVEN if before == email else AuditAction.ADDRESS_CHANGED,
        at=now,
        actor=email,
        subject=user,
        change=Change(before={"email": before}, after={"email": email}),
    )
    return user

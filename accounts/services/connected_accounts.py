"""The Google and Microsoft accounts by which a person signs in without a mail.

Whoever connected one needs no mailbox to come in, so it goes when somebody else proves the
address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.socialaccount.models import SocialAccount

from accounts.models import AuditEvent
from accounts.services.audit import Change, record
from accounts.states import AuditAction

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import User

REMOVE = AuditAction.CONNECTED_ACCOUNT_REMOVED


def remove_connected_accounts(*, user: User, by: str, now: datetime) -> None:
    """Remove all of `user`, with their tokens, and leave an audit row for each. Called in the
    transaction that ends the sessions."""
    for account in SocialAccount.objects.filter(user=user).order_by("pk"):
        record(
            REMOVE,
            at=now,
            actor=by,
            subject=account,
            change=Change(
                before={"email": user.email, "provider": account.provider, "uid": account.uid}
            ),
        )
        account.delete()


def remove_again(account: SocialAccount) -> bool:
    """Remove an account that is there although it was removed; False for any other.

    At each sign-in allauth reads the row and then saves it. A removal in between is undone by
    that, under the same key; connecting anew makes another key.
    """
    removals = AuditEvent.objects.filter(
        action=REMOVE, subject_type="socialaccount.SocialAccount", subject_id=str(account.pk)
    )
    if not removals.exists():
        return False
    account.delete()
    return True

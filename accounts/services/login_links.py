"""Sign-in by mail: issue one credential that is both a link and a code, and spend it once."""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts.models import LinkPurpose, LoginLink, User
from accounts.models.login_link import LIFETIME
from accounts.services.address_proof import lock_person, prove_address
from accounts.services.outbox import AccountEmail, queue_mail
from hossagent.lib.signing import hash_token, keyed_hash

if TYPE_CHECKING:
    from datetime import datetime

# No vowels and no look-alikes: a code is never a word, and easy to read out.
CODE_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
CODE_LENGTH = 8
MAIL_KINDS = {
    LinkPurpose.SIGN_IN: "accounts/login",
    LinkPurpose.CONFIRM: "accounts/confirm_address",
    LinkPurpose.CHANGE: "accounts/change_address",
}


class SessionOver(Exception):
    """The session that asks has ended since its request began."""


class IssuedLink(NamedTuple):
    """A fresh credential; token and code exist only here and in the mail."""

    link: LoginLink
    token: str
    code: str

    @property
    def url(self) -> str:
        return settings.CONFIG.BASE_URL + reverse("accounts:login_link", args=[self.token])


def _code_hash(token_hash: str, code: str) -> str:
    letters = "".join(char for char in code.upper() if char in CODE_LETTERS)
    return keyed_hash(f"{token_hash}:{letters}", salt="accounts.login-code")


def issue_link(
    *, user: User, email: str, now: datetime, purpose: str = LinkPurpose.SIGN_IN, next_url: str = ""
) -> IssuedLink:
    """A new credential for `user`, good for 15 minutes; only its hashes are stored."""
    token = secrets.token_urlsafe(32)
    letters = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
    hashed = hash_token(token)
    link = LoginLink.objects.create(
        user=user,
        email=email.strip().lower(),
        purpose=purpose,
        token_hash=hashed,
        code_hash=_code_hash(hashed, letters),
        next_url=next_url[:500],
        created_at=now,
        expires_at=now + LIFETIME,
    )
    return IssuedLink(link, token, f"{letters[:4]}-{letters[4:]}")


@transaction.atomic
def send_link(
    *,
    user: User,
    now: datetime,
    asked_from: str,
    email: str = "",
    purpose: str = LinkPurpose.SIGN_IN,
    next_url: str = "",
) -> LoginLink:
    """Issue a credential and put its mail into the outbox. `asked_from` names the browser
    that asked, so that the reader can tell a stranger's request from their own."""
    to = email or user.email
    issued = issue_link(user=user, email=to, now=now, purpose=purpose, next_url=next_url)
    queue_mail(
        AccountEmail(
            kind=MAIL_KINDS[LinkPurpose(purpose)],
            to=to,
            context={
                "url": issued.url,
                "code": issued.code,
                "email": to,
                "asked_from": asked_from,
                "asked_at": now,
                "minutes": int(LIFETIME.total_seconds() // 60),
            },
        ),
        dedupe_key=f"login-link:{issued.link.pk}",
        now=now,
        expires_at=issued.link.expires_at,
    )
    return issued.link


def request_link(
    *, email: str, now: datetime, asked_from: str, next_url: str = ""
) -> LoginLink | None:
    """Answer a request to sign in: a link to a known person, a "no account" mail otherwise.

    Exactly one mail is queued either way, so neither page nor time tells which. Operators
    and switched-off people count as unknown: the console is theirs alone.
    """
    user = User.objects.filter(email=email, is_active=True, is_staff=False).first()
    if user is not None:
        return send_link(user=user, now=now, asked_from=asked_from, next_url=next_url)
    queue_mail(
        AccountEmail(
            kind="accounts/no_account",
            to=email,
            context={"email": email, "asked_from": asked_from, "asked_at": now},
        ),
        dedupe_key=f"no-account:{secrets.token_hex(16)}",
        now=now,
    )
    return None


@transaction.atomic
def request_change(*, user: User, email: str, now: datetime, asked_from: str) -> LoginLink | None:
    """Ask to sign in with `email` from now on; it counts once that mailbox is proven.

    When somebody else has the address its owner gets a sign-in mail for their own account
    instead, and the answer on the page is the same. Raises `SessionOver` when `user`, as the
    request has read it, was signed out meanwhile.
    """
    if User.objects.filter(email=email).exclude(pk=user.pk).exists():
        request_link(email=email, now=now, asked_from=asked_from)
        return None
    # A proof that commits first has ended this session; one that waits spends this link.
    if lock_person(user.pk).get_session_auth_hash() != user.get_session_auth_hash():
        raise SessionOver
    purpose = LinkPurpose.CONFIRM if email == user.email else LinkPurpose.CHANGE
    return send_link(user=user, email=email, purpose=purpose, now=now, asked_from=asked_from)


def find_link(*, token: str, now: datetime) -> LoginLink | None:
    """The open credential behind a link's token; looking spends nothing."""
    found: LoginLink | None = (
        LoginLink.objects.open(now=now)
        .select_related("user")
        .filter(token_hash=hash_token(token))
        .first()
    )
    return found


@transaction.atomic
def redeem_link(*, link: LoginLink, signed_in_as: int | None, now: datetime) -> User | None:
    """Spend the credential and return its person, or None when somebody was faster.

    The mailbox is proven by this; see `prove_address` for what ends with it.
    Raises `AddressTaken` when the new address meanwhile belongs to somebody else.
    """
    # The person before the link, as everywhere: the proof spends the person's other links,
    # and two of them at the same moment would wait for each other.
    lock_person(link.user_id)
    if not LoginLink.objects.open(now=now).filter(pk=link.pk).spend(now=now):
        return None
    return prove_address(user_id=link.user_id, email=link.email, signed_in_as=signed_in_as, now=now)


@transaction.atomic
def redeem_code(*, link_id: int, code: str, signed_in_as: int | None, now: datetime) -> User | None:
    """Spend the credential by its code, in the browser that asked for it; five tries."""
    link = LoginLink.objects.filter(pk=link_id).first()
    if link is None:
        return None
    lock_person(link.user_id)
    if not LoginLink.objects.open(now=now).filter(pk=link_id).count_try():
        return None
    if not hmac.compare_digest(link.code_hash, _code_hash(link.token_hash, code)):
        return None
    return redeem_link(link=link, signed_in_as=signed_in_as, now=now)

"""Account mail: written as rows with the news they carry, sent at least once.

A mail is QUEUED in the transaction of the action that it reports. `send_next` claims one
(SENDING is a lease), hands it to the mail server and records the result; a sender that
died is found by `sweep_next`, and the mail goes again. Its Message-ID stays the same, so
that a second copy can be recognized.

While email is in dry run there is no server to hand it to: the mail is logged and HELD.
When email goes live, held mail is queued again, except what has expired by then. So nothing
is lost, and nobody gets last week's sign-in link.
"""

from __future__ import annotations

import logging
import smtplib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from accounts import emails
from accounts.models import OutboxMail
from accounts.services import audit
from accounts.states import AuditAction, OutboxStatus
from hossagent import subsystems
from hossagent.lib.text import is_reserved_address, single_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

logger = logging.getLogger("accounts.outbox")

KEEP_FOR = timedelta(days=7)
LEASE = timedelta(minutes=5)
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=6)
MAX_ATTEMPTS = 12


@dataclass(frozen=True, slots=True)
class AccountEmail:
    """What is said to whom: `kind` is `<app>/<name>` and names the templates
    templates/emails/<kind>.{subject.txt,txt,html}, which are filled from `context`."""

    kind: str
    to: str
    context: Mapping[str, Any]


def queue_mail(
    email: AccountEmail,
    *,
    dedupe_key: str,
    now: datetime,
    customer_id: int | None = None,
    expires_at: datetime | None = None,
) -> OutboxMail:
    """Write one account mail; the same `dedupe_key` again returns the row that exists.

    After `expires_at` (a week, unless told) the mail is no longer worth sending.
    """
    existing = OutboxMail.objects.filter(dedupe_key=dedupe_key).first()
    if existing is not None:
        return existing
    mail, _ = OutboxMail.objects.get_or_create(
        dedupe_key=dedupe_key,
        defaults={
            "kind": email.kind,
            "to": email.to,
            "customer_id": customer_id,
            "not_before_at": now,
            "created_at": now,
            "expires_at": expires_at or now + KEEP_FOR,
            **emails.render(kind=email.kind, context=email.context),
        },
    )
    return mail


def send_next(*, now: datetime) -> bool:
    """Send the mail that has waited longest; False when none is due."""
    mail = _claim(now=now)
    if mail is None:
        return False
    if mail.expires_at <= now:
        _record_result(mail, OutboxStatus.FAILED, error="Expired before it could be sent.")
    elif not subsystems.email().is_live:
        _log_unsent(mail)
        _record_result(mail, OutboxStatus.HELD, error="Email is in dry run.")
    elif is_reserved_address(mail.to):
        _record_result(mail, OutboxStatus.FAILED, error="No email can reach a reserved domain.")
    else:
        _deliver(mail, now=now)
    return True


def sweep_next(*, now: datetime) -> bool:
    """Release one mail whose sender died, or queue one held mail again once email is live.

    False when there is neither.
    """
    stuck = (
        OutboxMail.objects.filter(status=OutboxStatus.SENDING, not_before_at__lte=now)
        .values_list("pk", flat=True)
        .first()
    )
    if stuck is not None:
        OutboxMail.objects.filter(pk=stuck, not_before_at__lte=now).move(
            source=OutboxStatus.SENDING, target=OutboxStatus.QUEUED, not_before_at=now
        )
        return True
    return subsystems.email().is_live and _requeue_held(now=now)


@transaction.atomic
def requeue(*, mail: OutboxMail, by: str, now: datetime) -> bool:
    """Queue a failed mail again, with fresh attempts and another week; False when it is not
    FAILED."""
    moved = OutboxMail.objects.filter(pk=mail.pk).move(
        source=OutboxStatus.FAILED,
        target=OutboxStatus.QUEUED,
        not_before_at=now,
        expires_at=now + KEEP_FOR,
        attempts=0,
        error="",
    )
    if moved:
        audit.record(
            AuditAction.EMAIL_REQUEUED,
            at=now,
            actor=by,
            customer_id=mail.customer_id,
            subject=mail,
            change=audit.Change(before={"error": mail.error}),
        )
    return bool(moved)


def _requeue_held(*, now: datetime) -> bool:
    held = OutboxMail.objects.filter(status=OutboxStatus.HELD).order_by("expires_at").first()
    if held is None:
        return False
    if held.expires_at <= now:
        OutboxMail.objects.filter(pk=held.pk).move(
            source=OutboxStatus.HELD,
            target=OutboxStatus.FAILED,
            error="Expired while email was in dry run.",
        )
    else:
        OutboxMail.objects.filter(pk=held.pk).move(
            source=OutboxStatus.HELD, target=OutboxStatus.QUEUED, not_before_at=now, error=""
        )
    return True


def _claim(*, now: datetime) -> OutboxMail | None:
    with transaction.atomic(durable=True):
        mail: OutboxMail | None = (
            OutboxMail.objects.select_for_update(skip_locked=True)
            .filter(status=OutboxStatus.QUEUED, not_before_at__lte=now)
            .order_by("not_before_at", "pk")
            .first()
        )
        if mail is None:
            return None
        mail.attempts += 1
        claimed = OutboxMail.objects.filter(pk=mail.pk).move(
            source=OutboxStatus.QUEUED,
            target=OutboxStatus.SENDING,
            not_before_at=now + LEASE,
            attempts=mail.attempts,
        )
    return mail if claimed else None


def _record_result(mail: OutboxMail, target: OutboxStatus, **fields: Any) -> None:
    """Move the claimed mail on, unless the sweeper has released it to somebody else."""
    OutboxMail.objects.filter(pk=mail.pk, attempts=mail.attempts).move(
        source=OutboxStatus.SENDING, target=target, **{"not_before_at": None, **fields}
    )


def _log_unsent(mail: OutboxMail) -> None:
    """With its text on a developer's machine, without it in production, where a log is no
    place for sign-in links."""
    if settings.CONFIG.RELEASE_MODE:
        logger.warning("[ACCOUNT_MAIL][DRY_RUN] kind=%s to=%s", mail.kind, mail.to)
        return
    logger.info(
        "[ACCOUNT_MAIL][DRY_RUN] kind=%s to=%s subject=%s\n%s",
        mail.kind,
        mail.to,
        mail.subject,
        mail.text,
    )


def _deliver(mail: OutboxMail, *, now: datetime) -> None:
    try:
        emails.deliver(
            to=mail.to,
            subject=mail.subject,
            text=mail.text,
            html=mail.html,
            message_id=f"<outbox-{mail.pk}@{settings.CONFIG.host}>",
        )
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        if all(code >= 500 for code in codes):  # noqa: PLR2004 # RFC 5321: 5yz is permanent
            _record_result(mail, OutboxStatus.FAILED, error=single_line(str(error), 500))
        else:
            _reschedule(mail, error, now=now)
    except Exception as error:  # every provider has its own; the mail has to be queued again
        logger.exception("account mail failed", extra={"outbox": mail.pk})
        _reschedule(mail, error, now=now)
    else:
        _record_result(mail, OutboxStatus.SENT, sent_at=now, error="")
        logger.info("[ACCOUNT_MAIL][SENT] kind=%s to=%s", mail.kind, mail.to)


def _reschedule(mail: OutboxMail, error: Exception, *, now: datetime) -> None:
    sentence = single_line(f"{type(error).__name__}: {error}", 500)
    if mail.attempts >= MAX_ATTEMPTS:
        _record_result(mail, OutboxStatus.FAILED, error=sentence)
        return
    wait = min(FIRST_RETRY * 2 ** (mail.attempts - 1), LONGEST_RETRY)
    _record_result(mail, OutboxStatus.QUEUED, not_before_at=now + wait, error=sentence)

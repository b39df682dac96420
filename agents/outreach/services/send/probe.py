"""One mail to the operator, to see that the way out works."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from accounts.services import audit
from accounts.states import AuditAction
from agents.mailboxes.services.transports import (
    OutgoingMail,
    SendOutcome,
    SendResult,
    get_transport,
    is_sendable_address,
)
from agents.mode import get_sender_address
from agents.outreach.services.send.render import opt_out_url, reply_address
from agents.states import MessageMode
from hossagent import subsystems
from hossagent.lib.text import is_reserved_address

if TYPE_CHECKING:
    from datetime import datetime

_SECONDS = 20.0


def send_test_mail(*, to: str, by: str, now: datetime) -> SendResult:
    """Send a test mail with the headers of a real one. Never raises; audited.

    It uses no outreach budget and writes no lead: it goes to an address that the
    operator typed. In a dry run nothing leaves.
    """
    email = subsystems.email()
    mode = MessageMode.LIVE if email.is_live else MessageMode.DRY_RUN
    if not is_sendable_address(to) or is_reserved_address(to):
        return SendResult(
            success=False,
            mode="DRY_RUN",
            error=f"{to} cannot receive email.",
            outcome=SendOutcome.REJECTED,
        )
    token = secrets.token_hex(16)
    mail = OutgoingMail(
        from_name="HossAgent",
        from_address=get_sender_address(),
        to_name="",
        to_address=to,
        reply_to=reply_address(token),
        subject="HossAgent test email",
        body=f"This is the test email that {by} asked for.\n\n{email.reason}\n",
        message_id=f"<test.{token}@{settings.CONFIG.host}>",
        date=now,
        unsubscribe_url=opt_out_url(token),
    )
    result = get_transport(mode).send(mail, deadline=time.monotonic() + _SECONDS)
    with transaction.atomic():
        audit.record(
            AuditAction.EMAIL_TESTED,
            at=now,
            actor=by,
            change=audit.Change(
                after={"to": to, "success": result.success, "mode": result.mode},
                note=result.error or "",
            ),
        )
    return result

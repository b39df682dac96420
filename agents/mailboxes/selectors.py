"""How our mailbox and its domain stand: when was the inbox read, may the domain send?

"No reply yet" and "nobody looked" differ, so the time of the last reading is kept.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from agents.models import Heartbeat, InboxCursor
from agents.states import CheckResult
from hossagent import subsystems
from hossagent.config import EmailMode

if TYPE_CHECKING:
    from datetime import datetime

    from agents.models import DomainCheck
    from hossagent.config import Config

# With an inbox that was read longer ago, nobody knows who has answered.
INBOX_STALE_AFTER = timedelta(minutes=30)
POLL_LOOP = "agents.poll_inbox"
# The loops whose beat says that incoming mail is being read.
INBOX_LOOP = {
    EmailMode.SMTP: POLL_LOOP,
    EmailMode.SENDGRID: "agents.process_inbound",
    EmailMode.DRY_RUN: "agents.process_inbound",
}


def mailbox_name(config: Config) -> str:
    """The key of the mailbox's cursor."""
    return f"{config.IMAP_USERNAME}@{config.IMAP_HOST}/INBOX"[:300]


def inbox_read_at() -> datetime | None:
    """When replies were last fetched with success; None when never."""
    loop = INBOX_LOOP[settings.CONFIG.EMAIL_MODE]
    return Heartbeat.objects.filter(pk=loop).values_list("beat_at", flat=True).first()


def get_inbox_error() -> str:
    """What went wrong at the last visit to the mailbox; empty when nothing did."""
    config = settings.CONFIG
    if not subsystems.email(config).is_live or config.EMAIL_MODE is not EmailMode.SMTP:
        return ""
    cursor = InboxCursor.objects.filter(pk=mailbox_name(config))
    return cursor.values_list("error", flat=True).first() or ""


def inbox_is_stale(*, now: datetime) -> bool:
    """Real mail is on and the inbox has not been read lately: follow-ups must wait."""
    if not subsystems.email().is_live:
        return False
    read_at = inbox_read_at()
    return read_at is None or now - read_at > INBOX_STALE_AFTER


def domain_problem(*, domain: str, check: DomainCheck | None) -> str:
    """What keeps `domain` from sending, as half a sentence; empty when all is well.

    SPF and DMARC must pass. DKIM must not fail; where its selector is not known, DNS
    alone cannot confirm it.
    """
    if check is None:
        return f"SPF, DKIM and DMARC of {domain} have not been checked yet"
    for name, result in (("SPF", check.spf), ("DKIM", check.dkim), ("DMARC", check.dmarc)):
        if result == CheckResult.FAIL:
            return f"{name} of {domain} fails"
    for name, result in (("SPF", check.spf), ("DMARC", check.dmarc)):
        if result == CheckResult.UNKNOWN:
            return f"{name} of {domain} is not confirmed, because DNS did not answer"
    return ""

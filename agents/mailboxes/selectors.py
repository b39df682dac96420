"""When the inbox was last read to its end: "no reply yet" and "nobody looked" differ."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from agents.models import Heartbeat, InboxCursor
from hossagent import subsystems
from hossagent.config import EmailMode

if TYPE_CHECKING:
    from datetime import datetime

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

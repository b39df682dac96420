"""Fetching replies from the mailbox: every mail stored, none twice, none skipped.

The cursor moves only after a mail is stored. When the server gives the folder new uids
(UIDVALIDITY), it is read again from some days before the newest mail that was stored, and
the constraints on `InboundMessage` sort out what is known.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from agents.inbox.services.store import MAX_BYTES, receive
from agents.mailboxes.errors import InboxUnavailable
from agents.mailboxes.selectors import POLL_LOOP, mailbox_name
from agents.mailboxes.services.inbox import ImapInbox
from agents.models import Heartbeat, InboxCursor
from agents.states import InboundSource
from hossagent import subsystems
from hossagent.config import EmailMode

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from agents.mailboxes.services.inbox import Inbox

logger = logging.getLogger("agents.inbox")

# Mails per visit; the rest comes with the next one.
BATCH = 200
# How far back the first visit looks, and how far a re-read overlaps.
FIRST_LOOK = timedelta(days=7)
OVERLAP = timedelta(days=3)


def poll_inbox(
    *, clock: Callable[[], datetime], open_inbox: Callable[[], Inbox] | None = None
) -> int:
    """One visit; the number of mails stored. Nothing is done while email is not live over
    SMTP. A failed visit keeps its error and leaves "last read" where it was."""
    config = settings.CONFIG
    if not subsystems.email(config).is_live or config.EMAIL_MODE is not EmailMode.SMTP:
        return 0
    cursor, _ = InboxCursor.objects.get_or_create(mailbox=mailbox_name(config))
    started = clock()
    inbox = None
    try:
        inbox = open_inbox() if open_inbox else ImapInbox(config)
        stored, is_all = _visit(inbox, cursor, now=started)
    except InboxUnavailable as error:
        InboxCursor.objects.filter(pk=cursor.pk).update(tried_at=started, error=str(error)[:500])
        logger.warning("[INBOX][UNREACHABLE] %s", error)
        return 0
    finally:
        if inbox is not None:
            inbox.close()
    InboxCursor.objects.filter(pk=cursor.pk).update(tried_at=started, error="")
    if is_all:
        _record_read(cursor, at=started)
    return stored


def _visit(inbox: Inbox, cursor: InboxCursor, *, now: datetime) -> tuple[int, bool]:
    """Store what is new; True when nothing newer was left behind."""
    if cursor.uid_validity == inbox.uid_validity:
        uids = inbox.uids_after(cursor.last_uid)
    else:
        if cursor.uid_validity:
            logger.warning("[INBOX][UIDVALIDITY] %s is read again", cursor.mailbox)
        since = cursor.newest_at - OVERLAP if cursor.newest_at else now - FIRST_LOOK
        uids = inbox.uids_since(since.date())
        cursor.uid_validity, cursor.last_uid = inbox.uid_validity, 0
    taken = uids[:BATCH]
    for uid in taken:
        raw = inbox.read(uid)
        if raw:
            # Larger than we keep: its beginning says who wrote what.
            receive(
                raw=raw[:MAX_BYTES],
                source=InboundSource.IMAP,
                external_id=f"{inbox.uid_validity}:{uid}",
                now=now,
            )
        cursor.last_uid, cursor.newest_at = uid, now
        cursor.save(update_fields=["uid_validity", "last_uid", "newest_at"])
    if not taken:
        cursor.save(update_fields=["uid_validity", "last_uid"])
    return len(taken), len(taken) == len(uids)


def _record_read(cursor: InboxCursor, *, at: datetime) -> None:
    """From now on silence means something: the send gate asks when this was."""
    InboxCursor.objects.filter(pk=cursor.pk).update(read_at=at)
    Heartbeat.objects.bulk_create(
        [Heartbeat(loop=POLL_LOOP, beat_at=at, detail="inbox read")],
        update_conflicts=True,
        unique_fields=["loop"],
        update_fields=["beat_at", "detail"],
    )

"""What was said between a customer and one lead, oldest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.models import InboundMessage, Message
from agents.states import HUMAN_REPLIES, MessageStatus, ReplyLabel
from hossagent.lib.calendars import local_day
from hossagent.lib.text import Untrusted

if TYPE_CHECKING:
    from datetime import date

    from agents.models import Lead

NEWEST = 10


@dataclass(frozen=True, slots=True)
class ThreadEntry:
    """One mail of the thread. `label` is empty for ours; theirs says what it was."""

    on: date
    is_ours: bool
    subject: str
    text: Untrusted
    label: str = ""
    is_simulated: bool = False


def list_thread(*, lead: Lead) -> tuple[ThreadEntry, ...]:
    """The newest mails both ways, sent or simulated; two statements."""
    zone = lead.customer.timezone
    ours = Message.objects.filter(
        lead=lead, status__in=[MessageStatus.SENT, MessageStatus.DRY_RUN]
    ).order_by("-finished_at")[:NEWEST]
    theirs = InboundMessage.objects.filter(
        conversation__lead=lead, label__in=[*HUMAN_REPLIES, ReplyLabel.OPT_OUT]
    ).order_by("-received_at")[:NEWEST]
    entries = [
        (
            message.finished_at or message.created_at,
            ThreadEntry(
                on=local_day(message.finished_at or message.created_at, zone),
                is_ours=True,
                subject=message.subject,
                text=Untrusted(message.body),
                is_simulated=message.status == MessageStatus.DRY_RUN,
            ),
        )
        for message in ours
    ] + [
        (
            mail.received_at,
            ThreadEntry(
                on=local_day(mail.received_at, zone),
                is_ours=False,
                subject=mail.subject,
                text=Untrusted(mail.text),
                label=mail.label,
                is_simulated=mail.is_simulated,
            ),
        )
        for mail in theirs
    ]
    entries.sort(key=lambda pair: pair[0])
    return tuple(entry for _, entry in entries)

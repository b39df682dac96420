"""What only time repairs: incoming mail is read, a month passes, the window opens."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from agents.mailboxes.selectors import INBOX_STALE_AFTER
from agents.outreach.gate.holds import SOON, Hold
from agents.states import HoldCode

if TYPE_CHECKING:
    from agents.outreach.gate.facts import SendFacts

# Between the emails of two customers to one person.
CONTACT_GAP = timedelta(days=30)
_NEXT_READING = timedelta(minutes=1)


def _unread_mail(facts: SendFacts) -> Hold | None:
    if facts.message.step > 0 and facts.health.has_unread_mail:
        return Hold(
            HoldCode.UNREAD_MAIL,
            "An incoming email has not been read yet. It may be this lead's reply.",
            facts.later(_NEXT_READING),
        )
    return None


def _inbox_stale(facts: SendFacts) -> Hold | None:
    if not facts.is_live or facts.message.step == 0:
        return None
    read_at = facts.health.inbox_read_at
    if read_at and facts.now - read_at <= INBOX_STALE_AFTER:
        return None
    when = f"since {read_at:%B %d, %H:%M} UTC" if read_at else "yet"
    return Hold(
        HoldCode.INBOX_NOT_READ,
        f"The inbox has not been read {when}. It may hold a reply from {facts.recipient.name}.",
        facts.later(SOON),
    )


def _contact_gap(facts: SendFacts) -> Hold | None:
    other = facts.recipient.contacted_by_other_at
    if other is None:
        return None
    ends = facts.clock.after(other, CONTACT_GAP)
    if facts.now >= ends:
        return None
    return Hold(
        HoldCode.CONTACT_GAP,
        "Another HossAgent customer emailed this person within the last 30 days.",
        ends,
    )


def _window(facts: SendFacts) -> Hold | None:
    window = facts.window
    opens = facts.clock.window_opens_at(
        facts.now, window.zone, start=window.start, end=window.end, weekdays=window.weekdays
    )
    if opens <= facts.now:
        return None
    return Hold(
        HoldCode.WINDOW,
        f"Outside the sending hours ({window.start:%H:%M} to {window.end:%H:%M}, {window.zone}).",
        opens,
    )


CHECKS = (_unread_mail, _inbox_stale, _contact_gap, _window)

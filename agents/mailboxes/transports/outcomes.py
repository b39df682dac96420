"""What a server's answer means: for the mail, for its address, for the whole way out.

By reply code and enhanced status (RFC 5321 section 4.2, RFC 3463): 4xx asks to come back,
5.4.5 is the day's quota at Google, x.7.x is policy or reputation, 53x is the log-in.
"""

from __future__ import annotations

import re

from agents.mailboxes.transports.base import SendOutcome

_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_FINAL = 500
_AUTH_CODES = {530, 534, 535, 538}
# Some say it in words alone.
_REPUTATION = re.compile(r"spam|blacklist|blocklist|block list|reputation|dmarc|spf |dkim", re.I)
_QUOTA = re.compile(r"quota|daily .{0,20}limit|sending limit|too many messages", re.I)


def status_of(text: str) -> str:
    """The enhanced status code in an answer, or an empty string."""
    found = _STATUS.search(text)
    return found.group(1) if found else ""


def outcome_of(code: int, text: str) -> SendOutcome:
    """The outcome for a negative reply `code` with `text`."""
    status = status_of(text)
    if code in _AUTH_CODES or status in {"5.7.8", "5.7.9"}:
        return SendOutcome.AUTH
    if status in {"5.4.5", "4.4.5"} or (_QUOTA.search(text) and not status.startswith("5.2")):
        return SendOutcome.QUOTA
    if status.startswith(("5.7.", "4.7.")) or (code >= _FINAL and _REPUTATION.search(text)):
        return SendOutcome.REPUTATION
    return SendOutcome.REJECTED if code >= _FINAL else SendOutcome.TRY_LATER

"""The parts of a received mail: its text, and what a report in it says and returns."""

from __future__ import annotations

import email
import re
from email.message import Message
from typing import TYPE_CHECKING

from agents.inbox.classify.headers import (
    MESSAGE_ID,
    clean,
    decode_bytes,
    decode_words,
    get_header,
)
from agents.inbox.classify.html_text import html_to_text

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_PARTS = 100
MAX_TEXT = 200_000

_RETURNED_ID = re.compile(r"^[ \t>]*Message-ID:\s*(<[^<>\s]{1,250}>)", re.IGNORECASE | re.MULTILINE)

# The fields of one block of a report, by their lower-case names.
Group = dict[str, str]


def get_content_type(message: Message) -> str:
    try:
        return message.get_content_type()
    except (ValueError, AttributeError, IndexError):
        return ""


def walk(message: Message) -> Iterator[Message]:
    """Parts in order, without recursion and up to the limit; what a report returns
    (message/rfc822) is yielded but not entered, so its text is never read as theirs."""
    waiting = [message]
    for _ in range(MAX_PARTS):
        if not waiting:
            return
        part = waiting.pop(0)
        yield part
        if get_content_type(part).startswith("multipart/"):
            waiting[:0] = _children(part)


def _children(part: Message) -> list[Message]:
    """The parts inside this one. The text of a single part is never asked for as a string:
    decoding it by its own charset raises for some that it may name ("idna")."""
    payload = part.get_payload() if part.is_multipart() else []
    return [child for child in payload if isinstance(child, Message)]


def _payload(part: Message) -> str:
    try:
        data = part.get_payload(decode=True)
    except (ValueError, AttributeError, LookupError, TypeError):
        data = None
    if not isinstance(data, bytes):
        return ""
    try:
        charset = str(part.get_content_charset() or "utf-8")
    except (ValueError, LookupError, AttributeError, TypeError):
        charset = "utf-8"
    return decode_bytes(data[: MAX_TEXT * 4], charset)


def _is_attachment(part: Message) -> bool:
    return str(part.get("Content-Disposition", "")).strip().lower().startswith("attachment")


def read_text(parts: list[Message]) -> str:
    """The plain text; from the HTML part when there is no plain one."""
    plain = [
        _payload(part)
        for part in parts
        if get_content_type(part) == "text/plain" and not _is_attachment(part)
    ]
    text = "\n".join(piece for piece in plain if piece.strip())
    if not text:
        pages = [
            _payload(part)
            for part in parts
            if get_content_type(part) == "text/html" and not _is_attachment(part)
        ]
        text = "\n".join(html_to_text(page[:MAX_TEXT]) for page in pages)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return clean(text).replace("\u00a0", " ").replace("\u200b", "")[:MAX_TEXT].strip()


def _groups(part: Message) -> tuple[Group, ...]:
    blocks = _children(part)
    if not part.is_multipart():
        text = _payload(part)
        blocks = [email.message_from_string(block) for block in text.split("\n\n")]
    found = []
    for block in blocks[:200]:
        group = {
            str(name).lower(): clean(decode_words(str(value)[:1000])).strip()
            for name, value in list(block.items())[:50]
        }
        if group:
            found.append(group)
    return tuple(found)


def read_report_parts(parts: list[Message]) -> tuple[tuple[Group, ...], Group | None]:
    groups: tuple[Group, ...] = ()
    feedback: Group | None = None
    for part in parts:
        kind = get_content_type(part)
        if kind in {"message/delivery-status", "message/global-delivery-status"}:
            groups += _groups(part)
        elif kind == "message/feedback-report" and feedback is None:
            feedback = next(iter(_groups(part)), {})
    return groups, feedback


def read_returned_ids(parts: list[Message]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for part in parts[1:]:
        kind = get_content_type(part)
        if kind in {"message/rfc822", "message/global"}:
            for inner in _children(part)[:1]:
                found |= dict.fromkeys(MESSAGE_ID.findall(get_header(inner, "Message-ID")))
        elif kind in {"text/rfc822-headers", "message/rfc822-headers", "message/global-headers"}:
            text = "\n".join(map(str, _children(part))) or _payload(part)
            found |= dict.fromkeys(_RETURNED_ID.findall(text))
    if not found and parts:
        # Reports of the old kind quote the mail in their text.
        found |= dict.fromkeys(_RETURNED_ID.findall(_payload(parts[0])))
    return tuple(found)[:20]

"""The headers of a received mail, decoded; what cannot be read is empty."""

from __future__ import annotations

import re
from email.errors import HeaderParseError
from email.header import decode_header
from email.utils import getaddresses, parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from email.message import Message

MAX_HEADER = 10_000
MAX_RECIPIENTS = 200
MAX_REFERENCES = 50

MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")
# Control characters that no database column and no page should hold; tab and newline stay.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_RECIPIENT_HEADERS = (
    "To",
    "Cc",
    "Delivered-To",
    "X-Original-To",
    "X-Envelope-To",
    "Envelope-To",
    "X-Forwarded-To",
    "X-Original-Recipient",
    "Resent-To",
)


def clean(text: str) -> str:
    """`text` without control characters and lone surrogates: storable and printable."""
    return _CONTROL.sub("", text)


def get_header(message: Message, name: str) -> str:
    """The first header of that name, decoded; empty when there is none."""
    value = message.get(name)
    if value is None:
        return ""
    return clean(decode_words(str(value)[:MAX_HEADER]))


def decode_words(value: str) -> str:
    """RFC 2047 words decoded; a broken word stays as it stands."""
    if "=?" not in value:
        return value
    try:
        chunks = decode_header(value)
    except (HeaderParseError, ValueError):
        return value
    return "".join(
        chunk if isinstance(chunk, str) else decode_bytes(chunk, charset or "ascii")
        for chunk, charset in chunks
    )


def decode_bytes(data: bytes, charset: str) -> str:
    """`data` as text, in the charset it claims or in the one it has. Never raises."""
    for name in (charset, "utf-8"):
        try:
            return data.decode(name)
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
    return data.decode("cp1252", errors="replace")


def read_addresses(value: str) -> list[tuple[str, str]]:
    """Names and addresses of a header, those without an @ left out."""
    try:
        found = getaddresses([value.replace("\n", " ").replace("\r", " ")])
    except (ValueError, IndexError, TypeError, RecursionError):
        return []
    return [(name.strip(), address.strip().lower()) for name, address in found if "@" in address]


def read_recipients(message: Message) -> tuple[str, ...]:
    """Every address that the mail went to, by whatever header says so."""
    found: dict[str, None] = {}
    for name in _RECIPIENT_HEADERS:
        for value in (message.get_all(name) or [])[:20]:
            for _, address in read_addresses(decode_words(str(value)[:MAX_HEADER])):
                found[clean(address)[:254]] = None
    return tuple(found)[:MAX_RECIPIENTS]


def read_references(message: Message) -> tuple[str, ...]:
    """The Message-IDs that the mail answers: In-Reply-To, then newest first."""
    answered = MESSAGE_ID.findall(get_header(message, "In-Reply-To"))
    earlier = MESSAGE_ID.findall(get_header(message, "References"))
    return tuple(dict.fromkeys([*answered, *reversed(earlier)]))[:MAX_REFERENCES]


def read_date(message: Message) -> datetime | None:
    """When the mail says that it was sent."""
    try:
        return parsedate_to_datetime(get_header(message, "Date"))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def get_report_type(message: Message) -> str:
    """ "delivery-status" or "feedback-report" of a report, and empty for other mail."""
    try:
        value = message.get_param("report-type")
    except (ValueError, AttributeError, IndexError, TypeError):
        return ""
    return str(value or "").strip().lower()

"""From a finished mail to the bytes of RFC 5322, whatever its names are made of.

Header values go through `single_line`, so no name can start a header of its own; text that
is not ASCII is encoded (RFC 2047); the body is text/plain in UTF-8, quoted-printable as
soon as a line is long or a byte is not ASCII, so that no line passes 998 octets.
"""

from __future__ import annotations

import re
from email.charset import QP, Charset
from email.header import Header
from email.utils import format_datetime, formataddr
from functools import lru_cache
from textwrap import wrap
from typing import TYPE_CHECKING

from hossagent.lib.text import single_line

if TYPE_CHECKING:
    from agents.mailboxes.transports.base import OutgoingMail

_MAX_LINE = 78
# What may stand in an envelope and between angle brackets, unquoted (RFC 5321, 4.1.2).
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")
# Control characters but tab and line feed: none of them is text.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_UTF8_QP = Charset("utf-8")
_UTF8_QP.body_encoding = QP


def is_sendable_address(address: str) -> bool:
    """True for a plain ASCII address that needs no quoting; others are never tried."""
    return _ADDRESS.fullmatch(address) is not None


def safe_line(text: str, limit: int = 200) -> str:
    """One line without surrogates; what a header may hold."""
    return single_line(text.encode("utf-8", "replace").decode(), limit)


def _is_plain(text: str) -> bool:
    """True when it may stand as it is; what looks encoded already would be decoded."""
    return text.isascii() and "=?" not in text


def _unstructured(text: str) -> str:
    """A header value, encoded when it is not ASCII and folded at 78 (RFC 2047, 5322)."""
    if _is_plain(text):
        if len(text) <= _MAX_LINE - 10:
            return text or " "
        return "\n ".join(wrap(text, _MAX_LINE - 10, break_long_words=False)) or " "
    return Header(text, "utf-8", maxlinelen=75, header_name="Subject").encode(linesep="\n")


@lru_cache(maxsize=256)
def mailbox(name: str, address: str) -> str:
    """Name and address as From and To carry them; the sender's is asked for every mail."""
    name = safe_line(name, 60)
    if not name:
        return address
    if _is_plain(name):
        whole = formataddr((name, address))
        return (
            whole if len(whole) < _MAX_LINE - 6 else f"{whole[: -len(address) - 3]}\n <{address}>"
        )
    encoded = Header(name, "utf-8", maxlinelen=75, header_name="From").encode(linesep="\n")
    return f"{encoded}\n <{address}>"


# The mails of a batch have one date.
_date = lru_cache(maxsize=16)(format_datetime)


def headers(mail: OutgoingMail) -> list[tuple[str, str]]:
    """The headers in the order in which they leave; each name once."""
    found = [
        ("Date", _date(mail.date)),
        ("From", mailbox(mail.from_name, mail.from_address)),
        ("To", mailbox(mail.to_name, mail.to_address)),
        ("Reply-To", mail.reply_to),
        ("Subject", _unstructured(safe_line(mail.subject))),
        ("Message-ID", mail.message_id),
    ]
    if mail.in_reply_to:
        found.append(("In-Reply-To", mail.in_reply_to))
    if mail.references:
        found.append(("References", "\n ".join(mail.references)))
    if mail.unsubscribe_url:
        found += [
            ("List-Unsubscribe", f"<{mail.unsubscribe_url}>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ]
    return found


def text(mail: OutgoingMail) -> str:
    """The body with plain line ends and nothing that is not text."""
    body = mail.body.encode("utf-8", "replace").decode()
    body = body.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROLS.sub("", body).rstrip("\n") + "\n"


def to_bytes(mail: OutgoingMail) -> bytes:
    """The mail as it goes over the wire, with CRLF line ends."""
    # Assembled by hand: the library's message costs more than all the rest of a mail.
    body = text(mail)
    encoding = "7bit"
    if not body.isascii() or max(map(len, body.split("\n"))) > _MAX_LINE:
        encoding = "quoted-printable"
        body = _UTF8_QP.body_encode(body.encode())
    lines = [f"{name}: {value}" for name, value in headers(mail)]
    lines += [
        "MIME-Version: 1.0",
        'Content-Type: text/plain; charset="utf-8"',
        f"Content-Transfer-Encoding: {encoding}",
        "",
        body,
    ]
    return "\n".join(lines).replace("\n", "\r\n").encode("ascii")

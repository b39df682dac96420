"""What SMTP sends for one mail, as bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.mailboxes.transports.base import OutgoingMail


def envelope(mail: OutgoingMail) -> tuple[str, str, str]:
    """The three commands before the text (RFC 5321 section 3.3)."""
    return f"MAIL FROM:<{mail.from_address}>", f"RCPT TO:<{mail.to_address}>", "DATA"


def in_a_row(commands: Sequence[str]) -> bytes:
    """Commands as they are sent together (RFC 2920)."""
    return "".join(f"{command}\r\n" for command in commands).encode("ascii")


def dot_stuffed(data: bytes) -> bytes:
    """The text as DATA carries it, with its end (RFC 5321 section 4.5.2)."""
    stuffed = data.replace(b"\r\n.", b"\r\n..")
    if stuffed.startswith(b"."):
        stuffed = b"." + stuffed
    return stuffed + (b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n")

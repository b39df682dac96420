"""From a message to a finished email: identity, footer, thread, addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from agents.mailboxes.services.transports import OutgoingMail, is_sendable_address
from agents.mode import get_sender_address
from agents.writing.services import holds_address, lint_copy
from hossagent.config import EmailMode

if TYPE_CHECKING:
    from datetime import datetime

    from agents.models import Message
    from hossagent.config import Config

# Style findings are advice for the person who approves; only these keep an email here.
BLOCKING = frozenset(
    {
        "empty_subject",
        "empty_body",
        "header_injection",
        "false_reply",
        "line_too_long",
        "placeholder_left",
        "no_postal_address",
        "no_opt_out",
    }
)


def opt_out_url(token: str, *, config: Config | None = None) -> str:
    """The address of a conversation's unsubscribe page; it works for ever."""
    config = config or settings.CONFIG
    return f"{config.BASE_URL}/u/{token}/"


def reply_address(token: str, *, config: Config | None = None) -> str:
    """Where the reply to an email of this conversation arrives, token included.

    In SMTP mode a plus address of the mailbox that IMAP reads, else the host's own.
    """
    config = config or settings.CONFIG
    if config.EMAIL_MODE is EmailMode.SMTP:
        mailbox = config.IMAP_USERNAME if "@" in config.IMAP_USERNAME else config.SMTP_FROM_EMAIL
        local, _, host = mailbox.rpartition("@")
        if local:
            return f"{local}+{token}@{host}"
    return f"reply+{token}@{config.host}"


def full_text(message: Message, *, url: str) -> str:
    """The body as it leaves, with `url` to opt out. A footer that an edit has lost comes
    back."""
    body = message.body.rstrip("\n")
    address = message.customer.profile.postal_address.strip()
    missing = []
    if address and not holds_address(body, address):
        missing.append(address)
    if url not in body:
        missing.append(f"To opt out, use this link once and we will not write again:\n{url}")
    return "\n\n".join([body, *missing]) + "\n"


def find_problems(message: Message, *, config: Config) -> tuple[str, ...]:
    """What keeps this text from leaving, in words; empty when nothing does."""
    url = opt_out_url(message.lead.conversation.token, config=config)
    found = [
        finding.sentence.rstrip(".")
        for finding in lint_copy(
            message.subject,
            full_text(message, url=url),
            step=message.step,
            postal_address=message.customer.profile.postal_address,
            opt_out_url=url,
            codes=BLOCKING,
        )
    ]
    if not message.body.strip():
        found.insert(0, "The email is empty. Write it")
    if not is_sendable_address(message.lead.email):
        found.append(f"{message.lead.email or 'An empty address'} cannot receive email. Correct it")
    return tuple(found)


def to_mail(
    message: Message, *, thread: tuple[str, ...], now: datetime, config: Config
) -> OutgoingMail:
    """The email of a row that has its Message-ID; `thread` are the earlier ones' ids."""
    profile, lead = message.customer.profile, message.lead
    token = lead.conversation.token
    url = opt_out_url(token, config=config)
    return OutgoingMail(
        from_name=profile.sender_name or message.customer.company,
        from_address=get_sender_address(config),
        to_name=lead.contact_name,
        to_address=lead.email,
        reply_to=reply_address(token, config=config),
        subject=message.subject,
        body=full_text(message, url=url),
        message_id=message.message_id,
        date=now,
        unsubscribe_url=url,
        in_reply_to=thread[-1] if thread else "",
        references=thread,
        message_pk=message.pk,
    )

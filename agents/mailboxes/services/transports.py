"""The ways out. A live transport can be made only when the email subsystem is live."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from agents.mailboxes.errors import TransportUnavailable
from agents.mailboxes.transports.base import (
    NOT_ACCEPTED,
    OutgoingMail,
    SendOutcome,
    SendResult,
    Transport,
)
from agents.mailboxes.transports.dry_run import DryRunTransport
from agents.mailboxes.transports.mime import is_sendable_address
from agents.mailboxes.transports.outcomes import status_of
from agents.states import MessageMode
from hossagent import subsystems
from hossagent.config import EmailMode

if TYPE_CHECKING:
    from hossagent.config import Config

__all__ = [
    "NOT_ACCEPTED",
    "OutgoingMail",
    "SendOutcome",
    "SendResult",
    "Transport",
    "get_transport",
    "is_sendable_address",
    "status_of",
]


def get_transport(mode: str) -> Transport:
    """The transport for a message of `mode`.

    Raises `TransportUnavailable` for LIVE unless every gate of the configuration says
    live; the modules with network code are imported only then.
    """
    if mode == MessageMode.DRY_RUN:
        return DryRunTransport()
    email = subsystems.email()
    if not email.is_live:
        raise TransportUnavailable(email.reason)
    return _live(settings.CONFIG)


def _live(config: Config) -> Transport:
    if config.EMAIL_MODE is EmailMode.SENDGRID:
        from agents.mailboxes.transports.sendgrid import SendGridTransport  # noqa: PLC0415 # see above

        return SendGridTransport(config)
    from agents.mailboxes.transports.smtp import SmtpTransport  # noqa: PLC0415 # see above

    return SmtpTransport(config)

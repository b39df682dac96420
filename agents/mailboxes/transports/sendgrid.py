"""Real mail through SendGrid, by django-anymail's backend, on one kept session.

Small on purpose: anymail no longer supports SendGrid officially, and any other of its
backends can take this one's place by naming it in `BACKEND`.
"""

from __future__ import annotations

import threading
import time
import warnings
from email.headerregistry import Address
from typing import TYPE_CHECKING, Any

from anymail.exceptions import AnymailAPIError, AnymailError
from django.core.mail import EmailMessage, get_connection

from agents.mailboxes.transports import mime
from agents.mailboxes.transports.base import SendOutcome, SendResult, Transport
from agents.mailboxes.transports.outcomes import outcome_of
from hossagent.lib.http_errors import is_never_connected

if TYPE_CHECKING:
    from agents.mailboxes.transports.base import OutgoingMail
    from hossagent.config import Config

BACKEND = "anymail.backends.sendgrid.EmailBackend"
API_URL = "https://api.sendgrid.com/v3/"
TIMEOUT = (8.0, 15.0)
_TOO_MANY, _UNAUTHORIZED, _FORBIDDEN, _SERVER_FAULT = 429, 401, 403, 500

_held = threading.local()


class SendGridTransport(Transport):
    """One per batch; the session behind it belongs to the thread and is kept."""

    name = "SENDGRID"

    def __init__(self, config: Config, *, api_url: str = API_URL) -> None:
        self._key = (config.SENDGRID_API_KEY.get_secret_value(), api_url)

    def send(self, mail: OutgoingMail, *, deadline: float) -> SendResult:
        if time.monotonic() > deadline:
            return self._no(
                "There was no time left to send it in this hour.", SendOutcome.UNREACHABLE
            )
        try:
            message = _to_message(mail)
            self._backend().send_messages([message])
        except AnymailAPIError as error:
            return self._refused(error)
        except (AnymailError, ValueError) as error:
            return self._no(str(error), SendOutcome.REJECTED)
        except OSError as error:
            # The request may have arrived although no answer did.
            self.close()
            return self._no(repr(error), SendOutcome.UNKNOWN)
        return SendResult(success=True, mode=self.name, error=None)

    def _refused(self, error: AnymailAPIError) -> SendResult:
        code = error.status_code
        text = str(error)
        if code is None:
            self.close()
            cause = error.__cause__
            is_lost = cause is None or not is_never_connected(cause)
            return self._no(text, SendOutcome.UNKNOWN if is_lost else SendOutcome.UNREACHABLE)
        if code in {_UNAUTHORIZED, _FORBIDDEN}:
            return self._no(text, SendOutcome.AUTH)
        if code == _TOO_MANY:
            return self._no(
                text, SendOutcome.QUOTA if "limit" in text.lower() else SendOutcome.TRY_LATER
            )
        if code >= _SERVER_FAULT:
            # A gateway may answer for a server that took the mail.
            return self._no(text, SendOutcome.UNKNOWN)
        return self._no(text, outcome_of(550, text))

    def _no(self, error: str, outcome: SendOutcome) -> SendResult:
        return SendResult(success=False, mode=self.name, error=error, outcome=outcome)

    def _backend(self) -> Any:
        backend = getattr(_held, "backend", None)
        if backend is not None and _held.key == self._key:
            return backend
        self.close()
        api_key, api_url = self._key
        with warnings.catch_warnings():
            # It says that the provider is no longer supported officially; see above.
            warnings.simplefilter("ignore")
            backend = get_connection(BACKEND, api_key=api_key, api_url=api_url, timeout=TIMEOUT)
        backend.open()
        _held.backend, _held.key = backend, self._key
        return backend

    def close(self) -> None:
        backend = getattr(_held, "backend", None)
        _held.backend = None
        if backend is not None:
            backend.close()


def _mailbox(name: str, address: str) -> str:
    """Name and address for JSON: quoted where needed, not encoded."""
    return str(Address(display_name=mime.safe_line(name, 60), addr_spec=address))


def _to_message(mail: OutgoingMail) -> EmailMessage:
    """The mail as Django's type; its headers are the ones that SMTP would carry."""
    kept = dict(mime.headers(mail))
    extra = {
        name: value.replace("\n", "")
        for name, value in kept.items()
        if name not in {"From", "To", "Reply-To", "Subject", "Date"}
    }
    message = EmailMessage(
        subject=mime.safe_line(mail.subject),
        body=mime.text(mail),
        from_email=_mailbox(mail.from_name, mail.from_address),
        to=[_mailbox(mail.to_name, mail.to_address)],
        reply_to=[mail.reply_to],
        headers=extra,
    )
    message.metadata = {"message_pk": str(mail.message_pk)}  # type: ignore[attr-defined] # anymail's
    message.track_clicks = False  # type: ignore[attr-defined] # anymail reads it
    message.track_opens = False  # type: ignore[attr-defined] # anymail reads it
    return message

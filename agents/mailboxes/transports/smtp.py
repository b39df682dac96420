"""Real mail by SMTP, over one connection that is kept between mails.

The dialogue is led step by step, because what a failure means depends on where it fell:
before the text was handed over nothing can have left; after it, without an answer,
nobody can know, and the outcome is UNKNOWN. A server that takes commands in a row
(PIPELINING, RFC 2920) gets sender, recipient and DATA in one packet, behind the text of
the mail before it where there is one: one wait for a mail instead of four. Each text waits
for the three answers to its own envelope either way.
"""

from __future__ import annotations

import contextlib
import smtplib
import ssl
import threading
import time
from typing import TYPE_CHECKING

from agents.mailboxes.transports import mime
from agents.mailboxes.transports.base import SendOutcome, SendResult, Transport
from agents.mailboxes.transports.outcomes import outcome_of, status_of
from agents.mailboxes.transports.smtp_commands import dot_stuffed, envelope, in_a_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.mailboxes.transports.base import OutgoingMail
    from hossagent.config import Config

# For each answer; the text's own answer gets longer (RFC 5321 asks for patience there),
# and both together stay below the hour's guard.
TIMEOUT = 8.0
DATA_TIMEOUT = 15.0
# A connection that rested longer is tested before it is used.
REST = 5.0
MAX_MAILS_PER_CONNECTION = 500
IMPLICIT_TLS_PORT = 465

# The answers that go on, to sender, recipient and DATA (RFC 5321).
_YES = (frozenset({250}), frozenset({250, 251}), frozenset({354}))
_LATE = "There was no time left to send it in this hour."
# Below it a no is for now: of a log-in as well (454: RFC 4954, section 6).
_FINAL = 500

_held = threading.local()


class _No(Exception):
    """The server answered, and not with yes."""

    def __init__(self, code: int, answer: bytes | str) -> None:
        self.answer = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
        self.outcome = outcome_of(code, self.answer)
        super().__init__(f"{code} {self.answer}")


class _Late(_No):
    """Nothing was asked any more."""

    def __init__(self) -> None:
        super().__init__(451, _LATE)
        self.outcome = SendOutcome.UNREACHABLE


def _check_time(deadline: float) -> None:
    if time.monotonic() > deadline:
        raise _Late


class _Connection:
    """One SMTP session and when it was last of use."""

    def __init__(self, smtp: smtplib.SMTP) -> None:
        self.smtp = smtp
        self.used_at = time.monotonic()
        self.mails = 0
        # The mail whose sender and recipient went out behind the last text, and its bytes;
        # the server's three answers to it are still to be read.
        self.announced: tuple[OutgoingMail, bytes] | None = None

    def is_fit_for(self, mail: OutgoingMail) -> bool:
        if self.announced is not None:
            return self.announced[0] is mail
        if self.mails >= MAX_MAILS_PER_CONNECTION:
            return False
        if time.monotonic() - self.used_at < REST:
            return True
        try:
            return self.smtp.noop()[0] == 250  # noqa: PLR2004 # RFC 5321: requested action okay
        except (OSError, smtplib.SMTPException):
            return False

    def may_announce(self, mail: OutgoingMail) -> bool:
        return (
            self.smtp.has_extn("pipelining")
            and self.mails + 1 < MAX_MAILS_PER_CONNECTION
            and mime.is_sendable_address(mail.to_address)
        )


class SmtpTransport(Transport):
    """One per batch; the connection behind it belongs to the thread and is kept."""

    name = "SMTP"

    def __init__(self, config: Config) -> None:
        self._config = config
        self._key = (config.SMTP_HOST, config.SMTP_PORT, config.SMTP_USERNAME)

    def send(self, mail: OutgoingMail, *, deadline: float) -> SendResult:
        return self._send(mail, following=None, deadline=deadline)

    def send_all(self, mails: Sequence[OutgoingMail], *, deadline: float) -> list[SendResult]:
        return [
            self._send(mail, following=following, deadline=deadline)
            for mail, following in zip(mails, [*mails[1:], None], strict=True)
        ]

    def _send(
        self, mail: OutgoingMail, *, following: OutgoingMail | None, deadline: float
    ) -> SendResult:
        if not mime.is_sendable_address(mail.to_address):
            return self._refused(_No(553, f"{mail.to_address!r} is not an address."))
        try:
            connection = self._connection(mail, deadline=deadline)
        except (_Late, OSError, smtplib.SMTPException) as error:
            return self._not_opened(error)
        try:
            if connection.announced is None:
                data = mime.to_bytes(mail)
                self._offer(connection.smtp, mail, deadline=deadline)
            else:
                _, data = connection.announced
                connection.announced = None
                self._read_answers(connection.smtp, deadline=deadline)
        except _No as no:
            self._reset()
            return self._refused(no)
        except (OSError, smtplib.SMTPException) as error:
            # Nothing was handed over, so it may be offered again.
            self.close()
            return self._broken(error, SendOutcome.TRY_LATER)
        except BaseException:
            # Cut off between a command and its answer: the next mail must not read that.
            self.close()
            raise
        if following is not None and not connection.may_announce(following):
            following = None
        return self._hand_over(connection, data, following=following)

    def _hand_over(
        self, connection: _Connection, data: bytes, *, following: OutgoingMail | None
    ) -> SendResult:
        """The text, and with it from whom and to whom the mail after it goes."""
        smtp = connection.smtp
        next_envelope = in_a_row(envelope(following)) if following else b""
        try:
            assert smtp.sock is not None
            smtp.sock.settimeout(DATA_TIMEOUT)
            smtp.send(dot_stuffed(data) + next_envelope)
            if following:
                # While the server is busy with this one.
                connection.announced = (following, mime.to_bytes(following))
            code, answer = smtp.getreply()
            smtp.sock.settimeout(TIMEOUT)
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return SendResult(
                success=False,
                mode=self.name,
                error=f"The connection ended before the server answered: {error!r}",
                outcome=SendOutcome.UNKNOWN,
            )
        except BaseException:
            self.close()
            raise
        connection.used_at = time.monotonic()
        connection.mails += 1
        if code == 250:  # noqa: PLR2004 # RFC 5321: requested action okay
            return SendResult(success=True, mode=self.name, error=None)
        return self._refused(_No(code, answer))

    def _offer(self, smtp: smtplib.SMTP, mail: OutgoingMail, *, deadline: float) -> None:
        """From whom and to whom, until the server waits for the text. Raises `_No`."""
        _check_time(deadline)
        if smtp.has_extn("pipelining"):
            smtp.send(in_a_row(envelope(mail)))
            self._read_answers(smtp, deadline=deadline)
            return
        for command, yes in zip(envelope(mail), _YES, strict=True):
            if command == "DATA" and time.monotonic() > deadline:
                raise _No(451, _LATE)
            code, answer = smtp.docmd(command)
            if code not in yes:
                raise _No(code, answer)

    def _read_answers(self, smtp: smtplib.SMTP, *, deadline: float) -> None:
        """The three answers to an envelope that was sent in a row. Raises `_No`."""
        no: _No | None = None
        waits_for_text = False
        for is_data, yes in zip((False, False, True), _YES, strict=True):
            if is_data and no is None and time.monotonic() > deadline:
                no = _No(451, _LATE)
            try:
                code, answer = smtp.getreply()
            except (OSError, smtplib.SMTPException):
                if no is None:
                    raise
                break  # it said no and hung up
            if code not in yes:
                no = no or _No(code, answer)
            waits_for_text = is_data and code in yes
        if no is not None:
            if waits_for_text:
                # It would take whatever comes now for the text: end here, nothing said.
                self.close()
            raise no

    def _refused(self, no: _No) -> SendResult:
        return SendResult(
            success=False,
            mode=self.name,
            error=str(no),
            outcome=no.outcome,
            status=status_of(no.answer),
        )

    def _not_opened(self, error: Exception) -> SendResult:
        """No mail was named yet, so whatever was said is about us or about the way."""
        outcome = SendOutcome.UNREACHABLE
        if isinstance(error, _Late):
            return self._refused(error)
        if isinstance(error, smtplib.SMTPNotSupportedError):
            # No log-in or no TLS where the settings say that there is.
            outcome = SendOutcome.AUTH
        elif isinstance(error, smtplib.SMTPResponseException):
            said = outcome_of(error.smtp_code, str(error.smtp_error))
            if said not in {SendOutcome.TRY_LATER, SendOutcome.REJECTED}:
                outcome = said
            elif error.smtp_code >= _FINAL and isinstance(error, smtplib.SMTPAuthenticationError):
                outcome = SendOutcome.AUTH
        return self._broken(error, outcome)

    def _broken(self, error: Exception, outcome: SendOutcome) -> SendResult:
        return SendResult(success=False, mode=self.name, error=repr(error), outcome=outcome)

    def _connection(self, mail: OutgoingMail, *, deadline: float) -> _Connection:
        held: _Connection | None = getattr(_held, "connection", None)
        if held is not None and _held.key == self._key and held.is_fit_for(mail):
            return held
        self.close()
        # A server that lets everybody wait would keep a whole batch beyond its lease.
        _check_time(deadline)
        _held.connection, _held.key = _Connection(self._open()), self._key
        return _held.connection  # type: ignore[no-any-return] # a thread local has no types

    def _open(self) -> smtplib.SMTP:
        config = self._config
        if config.SMTP_PORT == IMPLICIT_TLS_PORT:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                config.SMTP_HOST,
                config.SMTP_PORT,
                timeout=TIMEOUT,
                context=ssl.create_default_context(),
            )
        else:
            smtp = smtplib.SMTP(config.SMTP_HOST, config.SMTP_PORT, timeout=TIMEOUT)
        try:
            if config.SMTP_USE_TLS and config.SMTP_PORT != IMPLICIT_TLS_PORT:
                smtp.starttls(context=ssl.create_default_context())
            if config.SMTP_USERNAME:
                smtp.login(config.SMTP_USERNAME, config.SMTP_PASSWORD.get_secret_value())
            smtp.ehlo_or_helo_if_needed()
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _reset(self) -> None:
        """Make the session ready for the next mail; drop it when that fails."""
        held: _Connection | None = getattr(_held, "connection", None)
        try:
            if held is not None:
                held.smtp.rset()
        except (OSError, smtplib.SMTPException):
            self.close()

    def close(self) -> None:
        held: _Connection | None = getattr(_held, "connection", None)
        _held.connection = None
        if held is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                held.smtp.close()

"""The mailbox that replies arrive in, read over IMAP; made only when email is live."""

from __future__ import annotations

import contextlib
import imaplib
import ssl
from typing import TYPE_CHECKING, Protocol

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls
from imap_tools.errors import ImapToolsError

from agents.mailboxes.errors import InboxUnavailable
from hossagent import subsystems
from hossagent.config import EmailMode

if TYPE_CHECKING:
    from datetime import date

    from hossagent.config import Config

FOLDER = "INBOX"
TIMEOUT_SECONDS = 30
_IMPLICIT_TLS = 993
# A connection that breaks is an `abort` of imaplib's, which is no OSError.
_FAULTS = (OSError, ImapToolsError, imaplib.IMAP4.error)


class Inbox(Protocol):
    """One opened folder. Uids count up for as long as `uid_validity` stays the same."""

    uid_validity: int

    def uids_after(self, uid: int) -> list[int]: ...

    def uids_since(self, day: date) -> list[int]: ...

    def read(self, uid: int) -> bytes: ...

    def close(self) -> None: ...


class _StartTls(MailBoxStartTls):
    """Closes the socket when the server offers no TLS, or none that can be trusted."""

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        client = imaplib.IMAP4(self._host, self._port, self._timeout)
        try:
            client.starttls(self._ssl_context)
        except BaseException:
            with contextlib.suppress(OSError):  # a failed handshake has closed it already
                client.shutdown()
            raise
        return client


class ImapInbox:
    """RFC 3501 through imap-tools. Mails are read without marking them as seen."""

    def __init__(self, config: Config) -> None:
        """Connect and sign in. Raises `InboxUnavailable`, also while email is not live."""
        if not subsystems.email(config).is_live or config.EMAIL_MODE is not EmailMode.SMTP:
            raise InboxUnavailable("No mailbox is read, because email is not live over SMTP.")
        with contextlib.ExitStack() as on_failure:
            try:
                self._box = self._open(config)
                on_failure.callback(self.close)
                password = config.IMAP_PASSWORD.get_secret_value()
                self._box.login(config.IMAP_USERNAME, password, FOLDER)
                status = self._box.folder.status(FOLDER, ["UIDVALIDITY"])
                self.uid_validity = int(status["UIDVALIDITY"])
            except (*_FAULTS, KeyError, ValueError) as error:
                raise InboxUnavailable(
                    f"{config.IMAP_USERNAME} at {config.IMAP_HOST}: {error}"
                ) from error
            on_failure.pop_all()

    def _open(self, config: Config) -> BaseMailBox:
        box = MailBox if config.IMAP_PORT == _IMPLICIT_TLS else _StartTls
        # Left to itself imaplib checks no certificate, and the password would go to anybody.
        checked = ssl.create_default_context()
        return box(config.IMAP_HOST, config.IMAP_PORT, timeout=TIMEOUT_SECONDS, ssl_context=checked)

    def uids_after(self, uid: int) -> list[int]:
        # "n:*" answers with the newest mail even when its uid is below n.
        return [found for found in self._search(f"UID {uid + 1}:*") if found > uid]

    def uids_since(self, day: date) -> list[int]:
        return self._search(f"SINCE {day:%d-%b-%Y}")

    def _search(self, criteria: str) -> list[int]:
        try:
            return sorted(int(uid) for uid in self._box.uids(criteria))
        except (*_FAULTS, ValueError) as error:
            raise InboxUnavailable(f"searching failed: {error}") from error

    def read(self, uid: int) -> bytes:
        """The mail's bytes; empty when it is gone."""
        try:
            _, parts = self._box.client.uid("FETCH", str(uid), "(BODY.PEEK[])")
        except _FAULTS as error:
            raise InboxUnavailable(f"reading email {uid} failed: {error}") from error
        return next((bytes(part[1]) for part in parts if isinstance(part, tuple)), b"")

    def close(self) -> None:
        with contextlib.suppress(*_FAULTS):
            self._box.logout()
        # After a connection that broke there was no logout to close the socket.
        with contextlib.suppress(*_FAULTS):
            self._box.client.shutdown()

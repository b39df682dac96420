"""The mailbox that replies arrive in, read over IMAP; made only when email is live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls
from imap_tools.errors import ImapToolsError

from hossagent import subsystems
from hossagent.config import EmailMode

if TYPE_CHECKING:
    from datetime import date

    from hossagent.config import Config

FOLDER = "INBOX"
TIMEOUT_SECONDS = 30
_IMPLICIT_TLS = 993


class InboxUnavailable(Exception):
    """The mailbox could not be opened or read; the sentence says what was tried."""


class Inbox(Protocol):
    """One opened folder. Uids count up for as long as `uid_validity` stays the same."""

    uid_validity: int

    def uids_after(self, uid: int) -> list[int]: ...

    def uids_since(self, day: date) -> list[int]: ...

    def read(self, uid: int) -> bytes: ...

    def close(self) -> None: ...


class ImapInbox:
    """RFC 3501 through imap-tools. Mails are read without marking them as seen."""

    def __init__(self, config: Config) -> None:
        """Connect and sign in. Raises `InboxUnavailable`, also while email is not live."""
        if not subsystems.email(config).is_live or config.EMAIL_MODE is not EmailMode.SMTP:
            raise InboxUnavailable("Email is not live over SMTP, so no mailbox is read.")
        try:
            self._box = self._open(config)
            self._box.login(config.IMAP_USERNAME, config.IMAP_PASSWORD.get_secret_value(), FOLDER)
            status = self._box.folder.status(FOLDER, ["UIDVALIDITY"])
            self.uid_validity = int(status["UIDVALIDITY"])
        except (OSError, ImapToolsError, KeyError, ValueError) as error:
            raise InboxUnavailable(
                f"{config.IMAP_USERNAME} at {config.IMAP_HOST}: {error}"
            ) from error

    def _open(self, config: Config) -> BaseMailBox:
        box = MailBox if config.IMAP_PORT == _IMPLICIT_TLS else MailBoxStartTls
        return box(config.IMAP_HOST, config.IMAP_PORT, timeout=TIMEOUT_SECONDS)

    def uids_after(self, uid: int) -> list[int]:
        # "n:*" answers with the newest mail even when its uid is below n.
        return [found for found in self._search(f"UID {uid + 1}:*") if found > uid]

    def uids_since(self, day: date) -> list[int]:
        return self._search(f"SINCE {day:%d-%b-%Y}")

    def _search(self, criteria: str) -> list[int]:
        try:
            return sorted(int(uid) for uid in self._box.uids(criteria))
        except (OSError, ImapToolsError, ValueError) as error:
            raise InboxUnavailable(f"searching failed: {error}") from error

    def read(self, uid: int) -> bytes:
        """The mail's bytes; empty when it is gone."""
        try:
            _, parts = self._box.client.uid("FETCH", str(uid), "(BODY.PEEK[])")
        except (OSError, self._box.client.error) as error:
            raise InboxUnavailable(f"reading mail {uid} failed: {error}") from error
        return next((bytes(part[1]) for part in parts if isinstance(part, tuple)), b"")

    def close(self) -> None:
        try:
            self._box.logout()
        except (OSError, ImapToolsError, self._box.client.error):
            return

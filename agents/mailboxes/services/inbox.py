"""The way in: the mailbox that replies arrive in, opened when email is live."""

from __future__ import annotations

from agents.mailboxes.transports.imap import ImapInbox, Inbox

__all__ = ["ImapInbox", "Inbox"]

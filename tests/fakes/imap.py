"""A mailbox in memory, with uids that can be dealt anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.mailboxes.errors import InboxUnavailable

if TYPE_CHECKING:
    from datetime import date


class FakeInbox:
    def __init__(self) -> None:
        self.uid_validity = 1
        self.mails: dict[int, tuple[date, bytes]] = {}
        self.broken_uid = 0
        self.is_closed = False

    def put(self, uid: int, raw: bytes, day: date) -> None:
        self.mails[uid] = (day, raw)

    def deal_anew(self) -> None:
        """The server rebuilt the folder: other uids, in another order."""
        self.uid_validity += 1
        old = [self.mails[uid] for uid in sorted(self.mails, reverse=True)]
        self.mails = dict(enumerate(old, start=1))

    def uids_after(self, uid: int) -> list[int]:
        return sorted(found for found in self.mails if found > uid)

    def uids_since(self, day: date) -> list[int]:
        return sorted(uid for uid, (at, _) in self.mails.items() if at >= day)

    def read(self, uid: int) -> bytes:
        if uid == self.broken_uid:
            raise InboxUnavailable("connection reset")
        return self.mails[uid][1]

    def close(self) -> None:
        self.is_closed = True

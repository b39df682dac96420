"""The transport that sends nothing: no network code, by design."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.mailboxes.transports.base import SendResult, Transport

if TYPE_CHECKING:
    from agents.mailboxes.transports.base import OutgoingMail


class DryRunTransport(Transport):
    name = "DRY_RUN"

    def send(self, mail: OutgoingMail, *, deadline: float) -> SendResult:
        return SendResult(success=True, mode=self.name, error=None)

    def close(self) -> None:
        """Nothing to close."""

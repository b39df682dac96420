"""A real SMTP server on loopback that keeps what it gets and can be told to misbehave."""

from __future__ import annotations

import socket
import threading
import time
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

if TYPE_CHECKING:
    from email.message import EmailMessage


@dataclass(slots=True)
class Letter:
    """One accepted mail: the envelope and the bytes between DATA and the final dot."""

    sender: str
    recipients: list[str]
    raw: bytes

    @property
    def mail(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)


@dataclass
class MailServer:
    """`refuse_only` is one recipient without a mailbox; `refuse_rcpt` and `refuse_data` are
    whole replies; `drop_after_data` keeps the mail and closes the connection without an
    answer, `hang` keeps it open."""

    refuse_mail: str = ""
    refuse_rcpt: str = ""
    refuse_only: str = ""
    refuse_data: str = ""
    drop_after_data: bool = False
    hang_seconds: float = 0.0
    # Whether it says that it takes commands in a row (RFC 2920).
    pipelining: bool = False
    letters: list[Letter] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    _controller: Any = None

    def __enter__(self) -> Self:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        server = self

        class Session(SMTP):
            def connection_made(self, transport: Any) -> None:
                server.connections += 1
                super().connection_made(transport)

        class Keeper(Controller):
            def factory(self) -> SMTP:
                return Session(self.handler, enable_SMTPUTF8=False, ident="loopback")

        self._controller = Keeper(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()
        self.connections = 0
        return self

    def __exit__(self, *error: object) -> None:
        self._controller.stop()

    async def handle_EHLO(  # noqa: N802 # aiosmtpd's hook
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]] if self.pipelining else responses

    async def handle_MAIL(  # noqa: N802 # aiosmtpd's hook
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if self.refuse_mail:
            return self.refuse_mail
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 # the library's hook
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if self.refuse_rcpt:
            return self.refuse_rcpt
        if address == self.refuse_only:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 # the library's hook
        if self.refuse_data:
            return self.refuse_data
        self.letters.append(
            Letter(envelope.mail_from, list(envelope.rcpt_tos), bytes(envelope.original_content))
        )
        if self.drop_after_data:
            server.transport.abort()
        if self.hang_seconds:
            import asyncio  # noqa: PLC0415 # the server's loop

            await asyncio.sleep(self.hang_seconds)
        return "250 OK"

    def wait_for(self, count: int, seconds: float = 5.0) -> None:
        """Until `count` letters have arrived."""
        deadline = time.monotonic() + seconds
        while len(self.letters) < count and time.monotonic() < deadline:
            threading.Event().wait(0.01)
        assert len(self.letters) == count

"""An SMTP server that accepts everything, fast: the far end of the send benchmark.

    python -m benchmarks.sink PORT FILE [SLOW]

Appends one recipient per accepted mail to FILE before it answers; with SLOW it then waits
up to so many seconds, so that kills fall between acceptance and answer.
"""

from __future__ import annotations

import asyncio
import random
import sys
from pathlib import Path

REPLIES = {
    b"EHLO": b"250-sink\r\n250 PIPELINING\r\n",
    b"HELO": b"250 sink\r\n",
    b"NOOP": b"250 OK\r\n",
    b"RSET": b"250 OK\r\n",
}


class Session(asyncio.Protocol):
    """One connection; commands may arrive in one packet."""

    def __init__(self, log: object, slow: float) -> None:
        self.log, self.slow = log, slow
        self.buffer = b""
        self.in_data = False
        self.is_answering = False
        self.recipients: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        self.work()

    def work(self) -> None:
        # What came in a row behind a text is answered after it (RFC 2920, section 3.2).
        while not self.is_answering:
            if self.in_data:
                end = self.buffer.find(b"\r\n.\r\n")
                if end < 0:
                    return
                self.buffer = self.buffer[end + 5 :]
                self.in_data = False
                self.accept()
                continue
            line, found, rest = self.buffer.partition(b"\r\n")
            if not found:
                return
            self.buffer = rest
            self.command(line)

    def command(self, line: bytes) -> None:
        verb = line[:4].upper()
        if verb == b"MAIL":
            self.recipients = []
            self.transport.write(b"250 OK\r\n")
        elif verb == b"RCPT":
            self.recipients.append(line.partition(b"<")[2].partition(b">")[0])
            self.transport.write(b"250 OK\r\n")
        elif verb == b"DATA":
            self.in_data = True
            self.transport.write(b"354 go\r\n")
        elif verb == b"QUIT":
            self.transport.write(b"221 bye\r\n")
            self.transport.close()
        else:
            self.transport.write(REPLIES.get(verb, b"250 OK\r\n"))

    def accept(self) -> None:
        self.log.write(b"\n".join(self.recipients) + b"\n")  # type: ignore[attr-defined] # a raw file
        if not self.slow:
            self.transport.write(b"250 OK\r\n")
            return
        self.is_answering = True
        asyncio.get_running_loop().call_later(random.uniform(0, self.slow), self.answer)

    def answer(self) -> None:
        self.transport.write(b"250 OK\r\n")
        self.is_answering = False
        self.work()


async def main(port: int, path: str, slow: float) -> None:
    log = Path(path).open("ab", buffering=0)  # noqa: SIM115, ASYNC230 # open for as long as it runs
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Session(log, slow), "127.0.0.1", port)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(
        main(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]) if len(sys.argv) > 3 else 0.0)
    )

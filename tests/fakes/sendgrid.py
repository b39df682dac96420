"""SendGrid's mail endpoint on loopback: keeps what it is sent, answers as it is told."""

from __future__ import annotations

import json
import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class SendGrid:
    """`status` is what the next requests get; 202 accepts. 0 hangs up without an answer."""

    status: int = 202
    answer: str = ""
    payloads: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    connections: int = 0
    _server: Any = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v3/"

    def __enter__(self) -> SendGrid:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                fake.connections += 1
                super().setup()

            def do_POST(self) -> None:  # the library's hook
                body = self.rfile.read(int(self.headers["Content-Length"]))
                fake.keys.append(self.headers["Authorization"])
                fake.payloads.append(json.loads(body))
                if not fake.status:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    self.close_connection = True
                    return
                self.send_response(fake.status)
                self.send_header("Content-Length", str(len(fake.answer)))
                self.send_header("X-Message-Id", "sg-1")
                self.end_headers()
                self.wfile.write(fake.answer.encode())

            def log_message(self, *args: Any) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

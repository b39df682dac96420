"""A mailbox on loopback: speaks as much IMAP4rev1 over TLS as reading replies needs.

It keeps mails by uid, can deal uids anew, refuse a password, break off in the middle of
a mail, hang up at any command, or offer no TLS.
"""

from __future__ import annotations

import datetime as dt
import re
import socketserver
import ssl
import threading
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD = "secret-of-ada"


def write_certificate(folder: Path) -> Path:
    """A self-signed certificate for 127.0.0.1 and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "loopback.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path


class ImapServer:
    """State of one server: its mails, what it refuses, and what it was told."""

    def __init__(self, certificate: Path) -> None:
        self.mails: dict[int, bytes] = {}
        self.uid_validity = 7
        self.password = PASSWORD
        self.has_tls = True
        # The uid in the middle of which the connection breaks, and the command that ends it.
        self.break_at = 0
        self.hang_up_on = ""
        self.commands: list[str] = []
        self.open_connections = 0
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(certificate)
        fake = self

        class Session(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                fake.open_connections += 1
                try:
                    fake.serve(self)
                except (ConnectionError, ssl.SSLError):
                    pass
                finally:
                    self.connection.close()
                    fake.open_connections -= 1

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self.server = Server(("127.0.0.1", 0), Session)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def deal_anew(self) -> None:
        """The server rebuilt the folder: other uids, in another order."""
        self.uid_validity += 1
        old = [self.mails[uid] for uid in sorted(self.mails, reverse=True)]
        self.mails = dict(enumerate(old, start=1))

    # --- The protocol -----------------------------------------------------------------

    def serve(self, session: Any) -> None:
        stream = session.rfile
        self._say(session, "* OK ready")
        while line := stream.readline():
            tag, _, command = line.decode().strip().partition(" ")
            word = command.split()[0].upper()
            if word == "UID":
                word = command.split()[1].upper()
            self.commands.append(word)
            if word == self.hang_up_on:
                return
            if word == "STARTTLS":
                self._say(session, f"{tag} OK begin")
                session.connection = self.tls.wrap_socket(session.connection, server_side=True)
                stream = session.connection.makefile("rb")
                continue
            if self._answer(session, tag, word, command):
                return

    def _answer(self, session: Any, tag: str, word: str, command: str) -> bool:
        """True when the connection is over."""
        if word == "CAPABILITY":
            tls = " STARTTLS" if self.has_tls else ""
            self._say(session, f"* CAPABILITY IMAP4rev1{tls}", f"{tag} OK done")
        elif word == "LOGIN":
            is_right = self.password in command
            self._say(session, f"{tag} {'OK welcome' if is_right else 'NO wrong password'}")
        elif word == "SELECT":
            self._say(session, f"* {len(self.mails)} EXISTS", f"{tag} OK done")
        elif word == "STATUS":
            self._say(
                session, f'* STATUS "INBOX" (UIDVALIDITY {self.uid_validity})', f"{tag} OK done"
            )
        elif word == "SEARCH":
            self._say(session, f"* SEARCH {self.search(command)}", f"{tag} OK done")
        elif word == "FETCH":
            return self._fetch(session, tag, int(command.split()[2]))
        elif word == "LOGOUT":
            self._say(session, "* BYE", f"{tag} OK done")
            return True
        else:
            self._say(session, f"{tag} BAD {word}")
        return False

    def search(self, command: str) -> str:
        """`UID 5:*` answers with the newest mail even when nothing is newer (RFC 3501)."""
        asked = re.search(r"UID (\d+):\*", command.partition("SEARCH")[2])
        uids = sorted(self.mails)
        if asked:
            uids = [uid for uid in uids if uid >= int(asked[1])] or uids[-1:]
        return " ".join(map(str, uids))

    def _fetch(self, session: Any, tag: str, uid: int) -> bool:
        raw = self.mails.get(uid)
        if raw is None:
            self._say(session, f"{tag} OK nothing")
            return False
        head = f"* 1 FETCH (UID {uid} BODY[] {{{len(raw)}}}\r\n".encode()
        if uid == self.break_at:
            session.connection.sendall(head + raw[: len(raw) // 2])
            return True
        session.connection.sendall(head + raw + b")\r\n")
        self._say(session, f"{tag} OK done")
        return False

    def _say(self, session: Any, *lines: str) -> None:
        session.connection.sendall("".join(f"{line}\r\n" for line in lines).encode())

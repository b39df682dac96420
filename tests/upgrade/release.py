"""Make a database as a release left it, by running that release's own code."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hossagent.config import BASE_DIR
from tests.fakes.mail import Letter, MailServer

if TYPE_CHECKING:
    from collections.abc import Mapping

# `fill.py` in a process of the release: its folder is the current one, its apps are loaded.
FILL = (
    "-c",
    "import django, runpy, sys; django.setup(); runpy.run_path(sys.argv[1], run_name='__main__')",
    str(Path(__file__).with_name("fill.py")),
)
# Nothing of the world outside: no `.env`, no keys, no broker.
QUIET = {
    "HOSSAGENT_ENV_FILE": "",
    "DJANGO_SETTINGS_MODULE": "hossagent.settings",
    "SESSION_SECRET": "only-for-tests",
    "SANDBOX_SPEED": "1",
    "REDIS_URL": "",
    "LOG_LEVEL": "ERROR",
    "BASE_URL": "https://app.agency.com",
}


@dataclass
class PostOffice(MailServer):
    """Takes mail, refuses the mail to number 3, and kills the sender at 4 and 5."""

    sender: subprocess.Popen[bytes] | None = None

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 # the library's hook
        to = envelope.rcpt_tos[0]
        if "clinic3." in to:
            return "550 5.1.1 no such user"
        if ("clinic4." in to or "clinic5." in to) and self.sender is not None:
            self.sender.send_signal(signal.SIGKILL)
        return await super().handle_DATA(server, session, envelope)


def check_out(commit: str, folder: Path) -> Path:
    """The files of `commit`, in `folder`."""
    packed = subprocess.run(
        ["git", "archive", commit], cwd=BASE_DIR, check=True, capture_output=True
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def live_settings(port: int) -> dict[str, str]:
    """Email leaves, to a server on this machine."""
    return {
        "EMAIL_MODE": "SMTP",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(port),
        "SMTP_USE_TLS": "FALSE",
        "SMTP_FROM_EMAIL": "ada@agency.com",
        "IMAP_HOST": "127.0.0.1",
        "IMAP_USERNAME": "ada@agency.com",
        "IMAP_PASSWORD": "secret-of-ada",
        "MAX_EMAILS_PER_HOUR": "1000000",
    }


def environment(own: Mapping[str, str]) -> dict[str, str]:
    """What a process of ours gets: `own`, and what it takes to run at all."""
    keep = ("PATH", "HOME", "LANG", "VIRTUAL_ENV")
    return {name: os.environ[name] for name in keep if name in os.environ} | {**own}


class Release:
    """One release's code in `folder`, and its database at `url`."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url

    def environment(self, more: Mapping[str, str]) -> dict[str, str]:
        keep = ("PATH", "HOME", "LANG", "VIRTUAL_ENV")
        own = {"DATABASE_URL": self.url, "PYTHONPATH": str(self.folder)}
        return (
            {name: os.environ[name] for name in keep if name in os.environ} | QUIET | own | {**more}
        )

    def start(self, *command: str, **more: str) -> subprocess.Popen[bytes]:
        own = {"DATABASE_URL": self.url, "PYTHONPATH": str(self.folder)}
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=self.folder,
            env=environment({**QUIET, **own, **more}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, *command: str, **more: str) -> str:
        process = self.start(*command, **more)
        out, errors = process.communicate()
        assert process.returncode == 0, (out + errors).decode()
        return out.decode()

    def make(self) -> dict[str, Any]:
        """Migrate and fill an empty database; returns its facts."""
        self.run("manage.py", "migrate", "--verbosity", "0")
        self.run(*FILL, "world")
        self.run(*FILL, "queue")
        with PostOffice() as office:
            live = live_settings(office.port)
            # Numbers 0 to 3: three leave and one is refused.
            self.run(*FILL, "run", "agents.send_due", "1", **live)
            self._send_and_die(office, minutes=41)
            # Nobody knows what became of number 4; number 5 is left on its way.
            self.run(*FILL, "run", "agents.sweep", "58", **live)
            self._send_and_die(office, minutes=66)
            assert len(office.letters) == 5, office.letters
        self.run(*FILL, "rest")
        facts = dict(json.loads(self.run(*FILL, "facts")))
        return {**facts, "letters": [_keys(letter) for letter in office.letters]}

    def _send_and_die(self, office: PostOffice, *, minutes: int) -> None:
        command = (*FILL, "run", "agents.send_due", str(minutes))
        office.sender = self.start(*command, **live_settings(office.port))
        office.sender.communicate()
        assert office.sender.returncode == -signal.SIGKILL


def _keys(letter: Letter) -> dict[str, str]:
    """What the reader of a mail holds in his hand: the ways to answer and to opt out."""
    return {
        "to": letter.recipients[0],
        "message_id": letter.mail["Message-ID"],
        "reply_to": letter.mail["Reply-To"],
        "opt_out": re.findall(r"https://[^>]+", letter.mail["List-Unsubscribe"])[0],
    }

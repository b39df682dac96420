"""A Postgres cluster of the test's own, to be stopped in the middle of everything."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "restarted"


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    assert found, "Postgres' own programs are not installed: scripts/install-debian-packages"
    return found[-1].parent


class Cluster:
    """Started on a free port; the server refuses to run as root, so it runs as postgres."""

    def __init__(self) -> None:
        self._bin = _programs()
        # Not under pytest's own folders, which only root may enter.
        self._folder = Path(tempfile.mkdtemp(prefix="hossagent-cluster-"))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self.url = f"postgres://postgres:none@127.0.0.1:{self._port}/{NAME}"
        if os.getuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self._folder, user.pw_uid, user.pw_gid)
        self._run("initdb", "-D", self._data, "-U", "postgres", "--auth=trust")
        self.start()

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    def _run(self, program: str, *arguments: str) -> None:
        # Output goes to a file: a server that inherits a pipe would keep it open for ever.
        with (self._folder / "log").open("ab") as log:
            subprocess.run(
                [str(self._bin / program), *arguments],
                check=True,
                cwd=self._folder,
                stdout=log,
                stderr=log,
                user="postgres" if os.getuid() == 0 else None,
                timeout=60,
            )

    def start(self) -> None:
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -k {self._folder}"
        log = str(self._folder / "server.log")
        self._run("pg_ctl", "-D", self._data, "-w", "-l", log, "-o", options, "start")

    def crash(self) -> None:
        """Every server process ends at once, without a checkpoint; recovery comes at start."""
        self._run("pg_ctl", "-D", self._data, "-w", "-m", "immediate", "stop")

    def copy_here(self, url: str) -> None:
        """The whole database at `url`, rows and triggers, as it is now."""
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self._port), "-U", "postgres", NAME)
        dump = str(self._folder / "dump")
        self._run("pg_dump", "-Fc", "--file", dump, url)
        self._run("pg_restore", "--exit-on-error", "--no-owner", "-d", self.url, dump)

    def close(self) -> None:
        self.crash()
        shutil.rmtree(self._folder)


@contextmanager
def own_cluster(copy_of: str) -> Iterator[Cluster]:
    """A running cluster with a copy of the database; Django's connection leads to it."""
    cluster = Cluster()
    before = dict(connection.settings_dict)
    try:
        cluster.copy_here(copy_of)
        parts = urlsplit(cluster.url)
        connection.close()
        connection.settings_dict.update(
            HOST=parts.hostname, PORT=parts.port, NAME=NAME, USER="postgres", PASSWORD="none"
        )
        yield cluster
    finally:
        connection.close()
        connection.settings_dict.update(before)
        cluster.close()

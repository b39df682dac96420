"""The folder in which the workers of one web server keep their numbers together.

Under `var/`, because what cleans `/tmp` by age would take it from a running server.
"""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from pathlib import Path
from typing import IO

# Locked by the server for as long as it, or a worker of it, lives.
_OWNER = "owner"
_mine: list[IO[bytes]] = []


def make_folder(parent: Path) -> Path:
    """A new, empty folder in `parent`, or elsewhere when nothing can be written there; those
    of servers that were killed are deleted."""
    try:
        parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=parent))
    except OSError:
        folder = Path(tempfile.mkdtemp(prefix="hossagent-metrics-"))
    _mine.append(_lock(folder))
    for other in parent.glob("*/"):
        if other != folder and not _is_in_use(other):
            shutil.rmtree(other, ignore_errors=True)
    return folder


def _lock(folder: Path) -> IO[bytes]:
    """Raises `BlockingIOError` when somebody has it."""
    owner = (folder / _OWNER).open("wb")
    try:
        fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        owner.close()
        raise
    return owner


def _is_in_use(folder: Path) -> bool:
    """Somebody has the lock, or is about to: a folder without one has just been made."""
    if not (folder / _OWNER).exists():
        return True
    try:
        _lock(folder).close()
    except OSError:
        return True
    return False

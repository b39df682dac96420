"""Run a program that ends when the program that started it does.

`python -m hossagent.embedded.child PID program args`: on Linux the kernel sends SIGTERM to
the program the moment the parent PID is gone, whatever ended it. Elsewhere the program just
runs, and a supervisor that exits in order stops it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def exit_with(parent: int) -> None:
    """Ask the kernel for SIGTERM at the parent's death; exit if that has happened already."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit("the supervisor is gone")


if __name__ == "__main__":
    exit_with(int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 # the supervisor's own command line

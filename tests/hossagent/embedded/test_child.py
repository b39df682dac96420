"""A supervised program does not outlive its supervisor."""

from __future__ import annotations

import subprocess
import sys

from hossagent.config import BASE_DIR


def test_a_child_whose_parent_is_gone_already_does_not_start() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "hossagent.embedded.child",
            "1",
            sys.executable,
            "-c",
            "print('ran')",
        ],
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (1, "", "the supervisor is gone\n")

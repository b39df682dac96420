"""Each web server has a folder of its own, and those of killed ones go."""

from __future__ import annotations

import fcntl
from typing import TYPE_CHECKING

from hossagent.lib import metrics_folder
from hossagent.lib.metrics_folder import make_folder

if TYPE_CHECKING:
    from pathlib import Path


def die() -> None:
    """What the kernel does for a killed server: its locks go."""
    metrics_folder._mine.pop().close()


def test_two_servers_share_no_folder(tmp_path: Path) -> None:
    folders = {make_folder(tmp_path), make_folder(tmp_path)}

    assert set(tmp_path.iterdir()) == folders
    assert len(folders) == 2
    die()
    die()


def test_the_folder_of_a_killed_server_goes_with_the_next_start(tmp_path: Path) -> None:
    killed = make_folder(tmp_path)
    (killed / "counter_1.db").touch()
    die()
    half_made = tmp_path / "half-made"
    half_made.mkdir()

    mine = make_folder(tmp_path)

    assert set(tmp_path.iterdir()) == {mine, half_made}
    die()


def test_a_place_that_cannot_be_written_is_no_reason_to_stop(tmp_path: Path) -> None:
    file = tmp_path / "a-file"
    file.touch()

    folder = make_folder(file / "metrics")

    assert folder.is_dir()
    assert not folder.is_relative_to(tmp_path)
    with (folder / "owner").open("rb") as owner:
        try:
            fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            is_locked = True
        else:
            is_locked = False
    assert is_locked
    die()

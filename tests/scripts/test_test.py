"""The runner's exit code: a half of the tests that did not pass is never a success."""

from __future__ import annotations

import sys
from subprocess import PIPE
from typing import TYPE_CHECKING

import pytest

from scripts.test import run_half

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("output", [None, PIPE])
@pytest.mark.parametrize(
    ("ending", "marker", "expected"),
    [
        ("exit 0", "", 0),
        ("exit 1", "", 1),
        ("exit 5", "", 5),
        ("exit 5", "slow", 0),
        ("kill -KILL $$", "", 9),
        ("kill -KILL $$", "slow", 9),
    ],
)
def test_half_ends_with_the_code_of_its_pytest(
    ending: str,
    marker: str,
    expected: int,
    *,
    output: int | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{ending}\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))

    code = run_half(("SQLite", {}), arguments=[], marker=marker, output=output)

    assert code == expected


def test_half_that_runs_beside_another_is_printed_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\necho "$TEST_REDIS_URL: $*"\necho late >&2\n')
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))

    half = ("SQLite", {"TEST_REDIS_URL": "redis://there"})
    run_half(half, arguments=["-q"], marker="slow", output=PIPE)

    assert capsys.readouterr().out.splitlines() == [
        "== slow on SQLite: pytest -q",
        "== SQLite has ended.",
        "redis://there: -m pytest -q",
        "late",
        "",
    ]

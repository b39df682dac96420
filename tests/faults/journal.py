"""What every worker had in hand, written down as it works; a SIGKILL loses no line of it.

One file per worker, a line per step: `claimed 7 8` before the point of no return is asked
for, `sending 7` when it was passed, `recorded 7` when the result is committed, `broken 7`
when either transaction raised. `killed` is added by whoever killed the worker.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

FOLDER = "FAULT_JOURNAL"


def _write(line: str, pid: int | None = None) -> None:
    path = Path(os.environ[FOLDER]) / f"{pid or os.getpid()}"
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(file, f"{line}\n".encode())
    os.close(file)


def _words(step: str, pks: Iterable[int]) -> str:
    return " ".join([step, *map(str, sorted(pks))])


def note_kill(pid: int) -> None:
    _write("killed", pid)


def keep_journal() -> None:
    """Write this process's own steps down, around the engine's two transactions."""
    if FOLDER not in os.environ:
        return
    from agents.outreach.services import send as engine  # noqa: PLC0415 # after django.setup()

    module: Any = engine
    begin, record = module.begin, module.record

    def journaled_begin(claimed: Any, *, now: Any) -> Any:
        pks = [message.pk for message in claimed]
        _write(_words("claimed", pks))
        try:
            leaving = begin(claimed, now=now)
        except Exception:
            _write(_words("broken", pks))
            raise
        _write(_words("sending", [message.pk for message in leaving]))
        return leaving

    def journaled_record(results: Any, *, now: Any) -> None:
        pks = [message.pk for message, _ in results]
        try:
            record(results, now=now)
        except Exception:
            _write(_words("broken", pks))
            raise
        _write(_words("recorded", pks))

    module.begin, module.record = journaled_begin, journaled_record


@dataclass
class Journal:
    """All workers' files, read when the run is over."""

    killed: int = 0
    # In the hand of a worker when it was killed: the point of no return was being asked
    # for, or was passed and no result was committed.
    in_hand: set[int] = field(default_factory=set)
    past_the_point: set[int] = field(default_factory=set)
    # One of the two transactions ended in an error; it may have been committed or not.
    broken: set[int] = field(default_factory=set)

    @classmethod
    def read(cls, folder: Path) -> Journal:
        journal = cls()
        for path in folder.iterdir():
            journal._read_worker(path.read_text().splitlines())
        return journal

    def _read_worker(self, lines: list[str]) -> None:
        steps = [line.split() for line in lines]
        for step, *pks in steps:
            if step == "broken":
                self.broken.update(map(int, pks))
        if steps[-1][0] != "killed":
            return
        self.killed += 1
        step, *pks = steps[-2] if len(steps) > 1 else ["nothing"]
        if step in {"claimed", "sending"}:
            self.in_hand.update(map(int, pks))
        if step == "sending":
            self.past_the_point.update(map(int, pks))

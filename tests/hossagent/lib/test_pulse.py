"""A sign of life: one line an hour, with what was done in it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from hossagent.lib.pulse import Pulse

if TYPE_CHECKING:
    import pytest


def test_one_line_an_hour_says_what_was_done(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "hossagent.alive")
    pulse = Pulse(since=0)

    for second in range(0, 7300, 100):
        pulse.beat(at=second, runs=2)

    told = [(line.getMessage(), line.runs) for line in caplog.records]  # type: ignore[attr-defined] # its extras
    assert told == [("alive", 74), ("alive", 72)]

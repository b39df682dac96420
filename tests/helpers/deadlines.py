"""An end for tests of work that might never end."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def deadline(seconds: int) -> Iterator[None]:
    """Fail the test when the body takes longer, wherever it is.

    The failure is no `Exception`, so that no loop which survives broken rows survives it.
    """

    def fail(*_: Any) -> None:
        pytest.fail(f"It was not done within {seconds} seconds.")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)

"""The steps of a sequence and how long each waits for an answer to the one before."""

from __future__ import annotations

from datetime import timedelta

# The opener and two follow-ups.
DELAYS = (timedelta(0), timedelta(days=3), timedelta(days=5))


def delay_before(step: int) -> timedelta | None:
    """How long after step `step - 1` step `step` is due; None when there is no such step."""
    return DELAYS[step] if step < len(DELAYS) else None

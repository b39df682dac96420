"""The steps of a sequence and how long each waits for an answer to the one before."""

from __future__ import annotations

from datetime import timedelta

# The opener and two follow-ups.
DELAYS = (timedelta(0), timedelta(days=3), timedelta(days=5))

RAMP_START = 10
RAMP_STEP = 5
RAMP_CEILING = 50
RAMP_FLOOR = 5
# A day counts towards the ramp when at least this share of its mails was used.
RAMP_USED_SHARE = 0.5


def delay_before(step: int, *, speed: int = 1) -> timedelta | None:
    """How long after step `step - 1` step `step` is due; None when there is no such step."""
    return DELAYS[step] / speed if step < len(DELAYS) else None


def ramp(*, limit: int, used: int, push_backs: int) -> int:
    """Today's number of mails from the last sending day's (SPEC 4.5).

    Grows by five after a day that was used and clean, halves after one that was not
    clean, and stays otherwise.
    """
    if push_backs:
        return max(RAMP_FLOOR, limit // 2)
    if used >= limit * RAMP_USED_SHARE:
        return max(limit, min(RAMP_CEILING, limit + RAMP_STEP))
    return limit

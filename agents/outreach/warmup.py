"""How many emails a customer may send on a day: few at first, more after each clean day."""

from __future__ import annotations

FIRST_DAY = 10
STEP = 5
CEILING = 50
FLOOR = 5
# A day counts towards the warm-up when at least this share of its emails was used.
USED_SHARE = 0.5


def daily_limit(*, limit: int, used: int, negative_signals: int) -> int:
    """Today's limit from the last sending day's (SPEC 4.5).

    Grows by five after a day that was used and clean, halves after one with bounces or
    complaints, and stays otherwise.
    """
    if negative_signals:
        return max(FLOOR, limit // 2)
    if used >= limit * USED_SHARE:
        return max(limit, min(CEILING, limit + STEP))
    return limit

"""Why an email may not leave now, and when to ask again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from agents.states import HoldCode

# How long to wait before asking again about what a person must put right.
SOON = timedelta(minutes=5)
HOURLY = timedelta(hours=1)
DAILY = timedelta(days=1)

# Holds that last until somebody turns something on: no time can be named.
SWITCHED_OFF = frozenset(
    {
        *(HoldCode.STOPPED, HoldCode.AUTOPILOT_OFF_FOR_ALL),
        *(HoldCode.PAUSED, HoldCode.AUTOPILOT_OFF),
    }
)
# Holds about one lead that only a person ends: such a message waits for no turn.
WAITS_FOR_A_PERSON = frozenset({HoldCode.TAKEN_OVER, HoldCode.RISKY_ADDRESS, HoldCode.REGION})
# Holds by a counter: the line that the log carries for them says THROTTLED.
THROTTLES = frozenset({HoldCode.DAILY_RAMP, HoldCode.CYCLE_CAP, HoldCode.HOURLY_CAP})


@dataclass(frozen=True, slots=True)
class Hold:
    """`next_look` is None exactly when `is_final`: then the message is canceled."""

    code: HoldCode
    sentence: str
    next_look: datetime | None
    is_final: bool = False


def final(code: HoldCode, sentence: str) -> Hold:
    """A hold that ends the message for good."""
    return Hold(code, sentence, None, is_final=True)

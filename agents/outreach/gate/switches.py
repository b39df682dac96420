"""What somebody has turned off: all outreach, one account's, or the autopilot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.outreach.gate.holds import HOURLY, SOON, Hold, final
from agents.states import HoldCode

if TYPE_CHECKING:
    from agents.outreach.gate.facts import SendFacts


def _stopped(facts: SendFacts) -> Hold | None:
    if facts.switches.is_stopped:
        return Hold(HoldCode.STOPPED, "The operator has stopped all outreach.", facts.later(SOON))
    return None


def _autopilot_off_for_all(facts: SendFacts) -> Hold | None:
    if facts.switches.is_autopilot_off_for_all:
        return Hold(
            HoldCode.AUTOPILOT_OFF_FOR_ALL,
            "The operator has turned the autopilot off for everyone.",
            facts.later(SOON),
        )
    return None


def _closed(facts: SendFacts) -> Hold | None:
    if facts.switches.is_closed:
        return final(HoldCode.CLOSED, "The account is closed.")
    return None


def _paused(facts: SendFacts) -> Hold | None:
    if facts.switches.is_paused:
        return Hold(
            HoldCode.PAUSED,
            "The operator has paused outreach for this account.",
            facts.later(SOON),
        )
    return None


def _autopilot_off(facts: SendFacts) -> Hold | None:
    """Many customers stay off for good, so their messages are asked less often; turning it
    on makes them due at once."""
    if facts.switches.is_autopilot_off:
        return Hold(
            HoldCode.AUTOPILOT_OFF,
            "Autopilot is off. Turn it on in Settings.",
            facts.later(HOURLY),
        )
    return None


CHECKS = (_stopped, _autopilot_off_for_all, _closed, _paused, _autopilot_off)

"""The send gate: everything that may keep an email from leaving, as small checks on facts.

`check_send(facts)` is asked inside the claim, whoever asks for the send (SPEC 4.2). The
checks stand in one order, a file for each part:

1. `switches`: what somebody has turned off;
2. `endings`: what ends the message for good;
3. `repairs`: what a person must put right;
4. `waits` and `limits`: what only time repairs.

The first check that holds is the one that the row records. A dry run obeys every check but
those about the real world (identity, entitlement, verification, region, domain, inbox):
these say whether real email may leave.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.outreach.gate import endings, limits, repairs, switches, waits
from agents.outreach.gate.facts import (
    HealthFacts,
    LimitFacts,
    MessageFacts,
    RecipientFacts,
    SenderFacts,
    SendFacts,
    SwitchFacts,
    WindowFacts,
)
from agents.outreach.gate.holds import SWITCHED_OFF, THROTTLES, WAITS_FOR_A_PERSON, Hold
from agents.outreach.gate.limits import hour_ends_at, hour_used_up
from agents.outreach.gate.waits import CONTACT_GAP

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "CHECKS",
    "CONTACT_GAP",
    "SWITCHED_OFF",
    "THROTTLES",
    "WAITS_FOR_A_PERSON",
    "HealthFacts",
    "Hold",
    "LimitFacts",
    "MessageFacts",
    "RecipientFacts",
    "SendFacts",
    "SenderFacts",
    "SwitchFacts",
    "WindowFacts",
    "check_send",
    "hour_ends_at",
    "hour_used_up",
]

CHECKS: tuple[Callable[[SendFacts], Hold | None], ...] = (
    *switches.CHECKS,
    *endings.CHECKS,
    *repairs.CHECKS,
    *waits.CHECKS,
    *limits.CHECKS,
)


def check_send(facts: SendFacts) -> Hold | None:
    """The first hold that a check finds, or None when the message may leave."""
    for check in CHECKS:
        if (found := check(facts)) is not None:
            return found
    return None

"""Who answers what, and after how long: a fixed mix per ten leads, shuffled by a seed."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from enum import StrEnum
from random import Random


class Persona(StrEnum):
    """How a pretend recipient behaves; the value is stored with the reaction."""

    INTERESTED = "interested"
    ASKS = "asks_a_question"
    REFERS = "refers"
    NOT_NOW = "not_now"
    DECLINES = "declines"
    OPTS_OUT = "opts_out"
    OUT_OF_OFFICE = "out_of_office"
    HARD_BOUNCE = "hard_bounce"
    DELAYED = "soft_bounce"
    SILENT = "silent"


# Openers, five leads at a time: each handful holds one that is interested, so a fresh
# demo shows one whatever the first day's limit is.
_FIRST_HANDFUL = (
    Persona.INTERESTED,
    Persona.ASKS,
    Persona.OUT_OF_OFFICE,
    Persona.HARD_BOUNCE,
    Persona.SILENT,
)
_SECOND_HANDFUL = (
    Persona.INTERESTED,
    Persona.NOT_NOW,
    Persona.OPTS_OUT,
    Persona.DECLINES,
    Persona.SILENT,
)
# One of ten changes character from ten to ten.
_GUESTS = (Persona.REFERS, Persona.DELAYED, Persona.SILENT)
# Whoever is written to again has been silent, away, or delayed before.
_FOLLOW_UPS = (
    (Persona.SILENT, 45),
    (Persona.INTERESTED, 20),
    (Persona.ASKS, 10),
    (Persona.DECLINES, 10),
    (Persona.NOT_NOW, 5),
    (Persona.REFERS, 5),
    (Persona.OPTS_OUT, 5),
)
_HANDFUL = 5

# Shortest and longest time to the answer, in the persona's own minutes.
_MINUTES = {
    Persona.INTERESTED: (12, 240),
    Persona.ASKS: (30, 480),
    Persona.REFERS: (60, 720),
    Persona.NOT_NOW: (60, 1_200),
    Persona.DECLINES: (30, 720),
    Persona.OPTS_OUT: (5, 480),
    Persona.OUT_OF_OFFICE: (1, 2),
    Persona.HARD_BOUNCE: (1, 3),
    Persona.DELAYED: (240, 300),
}


def _random(*parts: object) -> Random:
    digest = hashlib.sha256(":".join(str(part) for part in parts).encode()).digest()
    return Random(digest)  # noqa: S311 # a repeatable world, not a secret


def choose_persona(*, seed: int, customer: int, ordinal: int, step: int) -> Persona:
    """The persona that answers message `step` to a customer's `ordinal`-th lead (from 0)."""
    if step > 0:
        random = _random(seed, "follow-up", customer, ordinal, step)
        kinds = [persona for persona, _ in _FOLLOW_UPS]
        return random.choices(kinds, weights=[weight for _, weight in _FOLLOW_UPS])[0]
    handful, place = divmod(ordinal, _HANDFUL)
    mix = list(_SECOND_HANDFUL if handful % 2 else _FIRST_HANDFUL)
    random = _random(seed, "opener", customer, handful)
    if handful % 2:
        mix[-1] = random.choice(_GUESTS)
    random.shuffle(mix)
    return mix[place]


def reaction_delay(*, seed: int, lead: int, step: int, persona: Persona) -> timedelta | None:
    """How long the persona takes, in its own time; None when it never answers."""
    if persona is Persona.SILENT:
        return None
    low, high = _MINUTES[persona]
    return timedelta(minutes=_random(seed, "delay", lead, step).uniform(low, high))

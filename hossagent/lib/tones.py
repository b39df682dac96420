"""Whether a status is good news, bad news or neither: decided once, beside the status.

The portal's tags and the console's pills read it here. The word carries the meaning; the
tone only colors it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from collections.abc import Collection


class Tone(StrEnum):
    """GOOD is green, BAD is red, QUIET is gray; NEUTRAL has no color of its own."""

    GOOD = "good"
    BAD = "bad"
    QUIET = "quiet"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class Tones:
    """Every value of one status, each under its tone."""

    good: Collection[str] = ()
    bad: Collection[str] = ()
    quiet: Collection[str] = ()
    neutral: Collection[str] = ()

    def of(self, value: str) -> Tone:
        """The tone that `value` stands under; NEUTRAL where it stands under none."""
        if value in self.good:
            return Tone.GOOD
        if value in self.bad:
            return Tone.BAD
        return Tone.QUIET if value in self.quiet else Tone.NEUTRAL


class Toned:
    """What an enum of statuses inherits to have a `tone`; it lists its values in `tones`."""

    @classmethod
    def tones(cls) -> Tones:
        """All values of this status. A new value needs a decision here."""
        return Tones()

    @property
    def tone(self) -> Tone:
        return self.tones().of(str(self))


def tone_of(status: object) -> Tone:
    """The tone of a status, or of the word that a row stores for one.

    Stored words mean the same in every table, so the word alone is enough. NEUTRAL for a
    word that no stored status has.
    """
    if isinstance(status, Toned):
        return status.tone
    return _stored_words().get(str(status), Tone.NEUTRAL)


@cache
def _stored_words() -> dict[str, Tone]:
    """Asked first by a page, when every app and its statuses have been loaded."""
    return {
        status.value: tone_of(status)
        for kind in models.TextChoices.__subclasses__()
        if issubclass(kind, Toned)
        for status in kind
    }

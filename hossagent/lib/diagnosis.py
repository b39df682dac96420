"""One question about this installation, its answer, and what to do when that is not good.

Pages and commands that check something answer with these: is Stripe set up, why is
nothing sending. Each lists its questions in the order in which to fix them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from hossagent.lib.tones import Toned, Tones


class Result(Toned, StrEnum):
    """UNKNOWN: the question could not be asked, so nobody knows yet."""

    OK = "ok"
    FIX = "fix"
    UNKNOWN = "unknown"

    @classmethod
    def tones(cls) -> Tones:
        return Tones(
            good={cls.OK},
            bad={cls.FIX},
            neutral={cls.UNKNOWN},
        )

    @classmethod
    def of(cls, ok: object) -> Result:
        """OK for anything true, FIX for anything false."""
        return cls.OK if ok else cls.FIX


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`answer` is the number or sentence that was found; `fix` says what to do about it.

    `code` is for code that has to tell one question from another.
    """

    question: str
    result: Result
    answer: str
    fix: str = ""
    code: str = field(default="", kw_only=True)

    @property
    def is_ok(self) -> bool:
        return self.result is Result.OK

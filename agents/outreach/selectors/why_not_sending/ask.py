"""How a check is written: a question with its code, the answer, and what to do about it."""

from __future__ import annotations

from hossagent.lib.diagnosis import Diagnosis, Result


def ask(code: str, question: str, *, ok: bool, answer: str, fix: str = "") -> Diagnosis:
    """A Diagnosis; `fix` is left out when the answer is good."""
    return Diagnosis(question, Result.of(ok), answer, "" if ok else fix, code=code)

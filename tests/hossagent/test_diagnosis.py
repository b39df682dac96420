"""A diagnosis, and the result that an answer stands for."""

from __future__ import annotations

import pytest

from hossagent.lib.diagnosis import Diagnosis, Result


@pytest.mark.parametrize(
    ("ok", "result"), [(True, "ok"), ("yes", "ok"), (False, "fix"), (0, "fix")]
)
def test_result_of_an_answer(ok: object, result: str) -> None:
    assert Result.of(ok) == result


@pytest.mark.parametrize(
    ("result", "expected"), [(Result.OK, True), (Result.FIX, False), (Result.UNKNOWN, False)]
)
def test_diagnosis_is_ok_only_when_known_to_be(result: Result, *, expected: bool) -> None:
    assert Diagnosis("Is it on?", result, "nobody knows").is_ok is expected

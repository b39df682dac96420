"""A second opinion on a reply: it quotes, and never outvotes an opt-out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from agents.states import ReplyLabel
from agents.writing.llm.opinion import Opinion, resolve_label
from agents.writing.services import get_second_opinion
from tests.fakes.llm import MODEL, FakeLlm
from tests.helpers.llm import COST, spent

if TYPE_CHECKING:
    from datetime import datetime


pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("answer", "label"),
    [
        ({"label": "interested", "confidence": 0.9, "words": "tell me more"}, "interested"),
        ({"label": "interested", "confidence": 0.9, "words": "buy everything"}, None),
        ({"label": "delighted", "confidence": 0.9, "words": "tell me more"}, None),
        ({"label": "question", "confidence": 7, "words": "tell me more"}, None),
        # An opt-out for ever must rest on something the person wrote.
        ({"label": "opt_out", "confidence": 1.0, "words": "  "}, None),
    ],
)
def test_opinion_quotes_the_reply_or_is_none(
    answer: dict[str, Any], label: str | None, llm: FakeLlm, customer_id: int, now: datetime
) -> None:
    llm.behaviors = [answer]

    opinion = get_second_opinion(customer_id=customer_id, text="Hm, tell me more.", now=now)

    assert (opinion.label if opinion else None) == label
    assert spent(customer_id) == COST


@pytest.mark.parametrize(
    ("rules", "opinion", "confidence", "resolved"),
    [
        ("opt_out", "interested", 1.0, "opt_out"),
        ("interested", "opt_out", 0.5, "opt_out"),
        ("unclear", "opt_out", 0.5, "opt_out"),
        ("interested", "opt_out", 0.49, "unclear"),
        ("not_interested", "opt_out", 0.0, "unclear"),
        ("opt_out", "opt_out", 0.1, "opt_out"),
        ("unclear", "question", 0.9, "question"),
        ("unclear", "question", 0.7, "unclear"),
        ("not_now", "interested", 1.0, "not_now"),
    ],
)
def test_opt_out_is_never_outvoted(
    rules: str, opinion: str, confidence: float, resolved: str
) -> None:
    """A guess at one is for a person."""
    second = Opinion(ReplyLabel(opinion), confidence, "", MODEL, 0)

    assert resolve_label(ReplyLabel(rules), opinion=second) == resolved
    assert resolve_label(ReplyLabel(rules), opinion=None) == rules

"""A second opinion on what a reply means, for when the rules are not sure.

It may help a person to decide faster; it never outvotes an opt-out, and it is always heard
when it sees one: being asked to stop is the one thing that must not be missed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, Field

from agents.states import HUMAN_REPLIES, ReplyLabel
from agents.writing.errors import WriterFailed
from agents.writing.llm import prompts
from agents.writing.llm.client import ask, most_it_can_cost
from hossagent.lib.text import single_line

MAX_TOKENS = 200
# Of a longer reply the model sees the beginning.
MOST_TEXT = 4_000
TRUSTED_FROM = 0.8
# An opt-out is the safe side, so less is enough: more likely than not. It also silences an
# address for everybody and for ever, so what is less likely than that is for a person.
OPT_OUT_TRUSTED_FROM = 0.5


class OpinionAnswer(BaseModel):
    """The shape of the model's answer."""

    label: Literal[
        "interested",
        "question",
        "referral",
        "not_now",
        "not_interested",
        "opt_out",
        "out_of_office",
        "unclear",
    ]
    confidence: float = Field(ge=0, le=1)
    words: str = Field(max_length=300)


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the model takes a reply for; `words` is the passage it relied on."""

    label: ReplyLabel
    confidence: float
    words: str
    model: str
    cost_micros: int


_TASK = (
    "Classify a reply to a cold mail. interested: wants to talk or hear more. question: asks "
    "something without saying yes. referral: names somebody else. not_now: later. "
    "not_interested: no. opt_out: wants no more mail. out_of_office: automatic absence note. "
    "unclear: none of these for sure. `words` is the passage of the reply that decides, copied "
    "exactly. `confidence` is between 0 and 1."
)


def ask_opinion(text: str) -> Opinion:
    """The model's opinion on one reply.

    Raises `WriterFailed` when the model cannot be asked or quotes what is not there.
    """
    reply = text.strip()[:MOST_TEXT]
    prompt = prompts.make_prompt(task=_TASK, data={"reply": reply})
    asked = ask(
        system=prompt.system,
        user=prompts.fence(prompt.data),
        shape=OpinionAnswer,
        max_tokens=MAX_TOKENS,
    )
    answer = asked.answer
    words = single_line(answer.words, 300).strip().lower()
    if not words or words not in single_line(reply, MOST_TEXT).lower():
        raise WriterFailed("ungrounded", cost_micros=asked.cost_micros)
    return Opinion(
        label=ReplyLabel(answer.label),
        confidence=answer.confidence,
        words=answer.words,
        model=single_line(asked.model, 40),
        cost_micros=asked.cost_micros,
    )


def most_an_opinion_can_cost(text: str) -> int:
    """In millionths of a dollar."""
    return most_it_can_cost(prompt=[prompts.RULES, _TASK, text[:MOST_TEXT]], max_tokens=MAX_TOKENS)


def resolve_label(rules: ReplyLabel, *, opinion: Opinion | None) -> ReplyLabel:
    """The label to act on: the rules' when they are sure, the opinion's when it is.

    An opt-out by the rules stands, and so does everything that they know from headers:
    reports, complaints, automatic answers. That they see no opt-out is no word against
    one: from `OPT_OUT_TRUSTED_FROM` on the opinion's counts, and below it the reply is
    UNCLEAR whatever the rules took it for. Where neither side is sure, a person decides.
    """
    if opinion is None or rules not in HUMAN_REPLIES:
        return rules
    if opinion.label == ReplyLabel.OPT_OUT:
        is_likely = opinion.confidence >= OPT_OUT_TRUSTED_FROM
        return ReplyLabel.OPT_OUT if is_likely else ReplyLabel.UNCLEAR
    if rules == ReplyLabel.UNCLEAR and opinion.confidence >= TRUSTED_FROM:
        return opinion.label
    return rules

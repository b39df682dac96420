"""What a person's reply means: interested, a question, a referral, not now, or no.

Every family of phrases that is found adds its weight to its label. One strong family alone
is enough; two labels that contradict each other leave too little confidence, and a person
decides.
"""

from __future__ import annotations

import re
from collections import Counter

from agents.inbox.classify.phrases import STRONG, prepare_text, read_families
from agents.states import ReplyLabel

CONFIDENT = 0.6
# Below it the label rests on one weak phrase, and a second opinion is worth its price.
SURE = 0.7
# A question mark and one more sign of a question.
_BARELY = 4
_WORDS_OF_A_STATEMENT = 3

# Named by what a person may mean; each has a file of phrases.
_LABELS = (
    ReplyLabel.INTERESTED,
    ReplyLabel.QUESTION,
    ReplyLabel.REFERRAL,
    ReplyLabel.NOT_NOW,
    ReplyLabel.NOT_INTERESTED,
)
_FAMILIES = tuple((label, family) for label in _LABELS for family in read_families(label.value))

# When both fire, the first says more than the second: "interested, what does it cost?"
# is interest; "no thanks, ask my colleague" is a referral.
_SAYS_MORE = (
    (ReplyLabel.NOT_NOW, ReplyLabel.NOT_INTERESTED),
    (ReplyLabel.NOT_NOW, ReplyLabel.INTERESTED),
    (ReplyLabel.REFERRAL, ReplyLabel.NOT_INTERESTED),
    (ReplyLabel.REFERRAL, ReplyLabel.INTERESTED),
    (ReplyLabel.REFERRAL, ReplyLabel.QUESTION),
    (ReplyLabel.NOT_NOW, ReplyLabel.QUESTION),
    (ReplyLabel.INTERESTED, ReplyLabel.QUESTION),
    (ReplyLabel.NOT_INTERESTED, ReplyLabel.QUESTION),
)


def label_reply(text: str) -> tuple[ReplyLabel, float]:
    """The label of a person's own words, and how sure the rules are (0 to 1).

    Below `CONFIDENT` the label is UNCLEAR: a person reads it.
    """
    scores: Counter[ReplyLabel] = Counter()
    text = prepare_text(text)
    for label, family in _FAMILIES:
        if family.pattern.search(text):
            scores[label] += family.weight
    for stronger, weaker in _SAYS_MORE:
        if scores[stronger] >= STRONG and scores[weaker]:
            del scores[weaker]
    if not scores:
        return ReplyLabel.UNCLEAR, 0.0
    is_barely_a_question = set(scores) == {ReplyLabel.QUESTION} and scores.total() <= _BARELY
    if is_barely_a_question and _says_more_than_it_asks(text):
        return ReplyLabel.UNCLEAR, 0.5
    (best, points), *others = scores.most_common(2)
    against = others[0][1] if others else 0
    confidence = round(points / (points + against + 1), 2)
    return (best if confidence >= CONFIDENT else ReplyLabel.UNCLEAR), confidence


def _says_more_than_it_asks(text: str) -> bool:
    """A question comes with a statement that no rule understands, so it may be a yes as
    well as a no: a person reads it, and so may the model."""
    sentences = [
        part
        for part in re.findall(r"[^.!?\n]+[.!?]*", text)
        if len(part.split()) >= _WORDS_OF_A_STATEMENT
    ]
    return not all(part.rstrip().endswith("?") for part in sentences)

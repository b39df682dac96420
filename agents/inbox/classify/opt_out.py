"""Does the sender ask not to be written to again? Errs on the side of yes."""

from __future__ import annotations

import re

from agents.inbox.classify.phrases import MOST_TEXT, prepare_text, read_phrases

_LANGUAGES = (
    "english",
    "german",
    "french",
    "spanish",
    "dutch",
    "italian",
    "portuguese",
    "swedish",
)
_PHRASES = read_phrases(
    "opt_out",
    lists=["bare", "before_bare", "after_bare", "word", "negated", "complaint", *_LANGUAGES],
)
_NEGATED = re.compile(_PHRASES["negated"], re.IGNORECASE)
_BARE = re.compile(
    rf"\W*(?:{_PHRASES['before_bare']})?(?:{_PHRASES['bare']})"
    rf"(?:\s*,?\s*(?:{_PHRASES['after_bare']}))?\W*",
    re.IGNORECASE,
)
_REQUEST = re.compile(
    "|".join(_PHRASES[language] for language in _LANGUAGES), re.IGNORECASE | re.MULTILINE
)
_WORD = re.compile(_PHRASES["word"], re.IGNORECASE)
_COMPLAINT = re.compile(_PHRASES["complaint"], re.IGNORECASE)
_SHORT = 12  # words
_SHORT_TEXT = 400  # characters


def asks_to_opt_out(text: str, *, subject: str = "") -> bool:
    """The sender's own words (quotes already stripped), or a subject that is only the
    request, ask for no more mail. `don't remove me` does not."""
    text = prepare_text(text)
    bare_subject = re.sub(r"^(?:\s*(?:re|aw|sv|antw|rv)\s*:)+\s*", "", subject, flags=re.IGNORECASE)
    if bare_subject and _BARE.fullmatch(bare_subject):
        return True
    first_line = next((line for line in text.split("\n") if line.strip()), "")
    if _BARE.fullmatch(first_line) or (len(text) < _SHORT_TEXT and _BARE.fullmatch(text)):
        return True
    text = _NEGATED.sub(" ", text)
    if _REQUEST.search(text):
        return True
    # A short reply with the word in it is a request; a long one may be about the word.
    return len(text.split()) <= _SHORT and _WORD.search(text) is not None


def is_complaint(text: str) -> bool:
    """The sender calls the mail spam: worse than an opt-out, and counted by the breaker."""
    return bool(_COMPLAINT.search(text[:MOST_TEXT].replace("\u2019", "'")))

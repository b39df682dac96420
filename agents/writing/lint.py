"""What good cold mail never does, checked on the finished copy before it may leave.

Pure: a subject and a body in, findings out. The numbers follow what the field's own
tools refuse (200 words, 60 characters of subject, two links).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Container

MAX_WORDS = 200
MAX_SUBJECT = 60
MAX_LINKS = 2
MAX_LINE = 998
BULK_PHRASES_ALLOWED = 1

BULK_PHRASES = (
    "act now",
    "100% free",
    "limited time",
    "risk-free",
    "risk free",
    "no obligation",
    "guaranteed",
    "once in a lifetime",
    "click here",
    "buy now",
    "order now",
    "special promotion",
    "double your",
    "skyrocket",
    "game-changer",
    "game changer",
    "cash bonus",
    "make money",
    "dear friend",
    "dear sir",
    "amazing deal",
    "best price",
    "urgent",
    "congratulations",
    "you have been selected",
    "this is not spam",
)

_LINK = re.compile(r"https?://\S+")
_PLACEHOLDER = re.compile(
    r"\{\{.*?\}\}|\{%.*?%\}|\{[a-z_]+\}|\[\[.*?\]\]|<<.*?>>|%\([a-z_]+\)s|\$\{.*?\}"
    r"|\[(?:your|first|last|company|name|insert|recipient|sender)\b[^\]]*\]",
    re.IGNORECASE,
)
# Each form above begins with one of these.
_BRACKET = re.compile(r"[{\[<%$]")
_OPT_OUT = re.compile(r"unsubscribe|opt out|opt-out|not hear from|stop (?:these|emailing)", re.I)
_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
_SHOUTED = re.compile(r"\b[A-Z]{5,}\b")
_REPLY_PREFIX = re.compile(r"\s*(re|fw|fwd|aw|wg)\s*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LintFinding:
    """One thing wrong with a copy, in words for the person who can change it."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class _Copy:
    """What is looked at. Without address and link any wording of the kind will do."""

    subject: str
    body: str
    step: int
    postal_address: str
    opt_out_url: str


def lint_copy(
    subject: str,
    body: str,
    *,
    step: int,
    postal_address: str = "",
    opt_out_url: str = "",
    codes: Container[str] | None = None,
) -> list[LintFinding]:
    """Everything that speaks against sending this copy; empty when it may leave.

    With `postal_address` and `opt_out_url` those very values must stand in the body;
    without them some opt-out wording and at least one digit-bearing footer line must.
    With `codes` nothing else is looked for.
    """
    copy = _Copy(subject, body, step, postal_address, opt_out_url)
    found = ((code, check(copy)) for code, check in _CHECKS if codes is None or code in codes)
    return [LintFinding(code, sentence) for code, sentence in found if sentence]


# The checks: each says what is wrong, or nothing.


def _empty_subject(copy: _Copy) -> str:
    return "" if copy.subject.strip() else "The subject is empty. Write one."


def _empty_body(copy: _Copy) -> str:
    return "" if copy.body.strip() else "The email is empty. Write it."


def _subject_too_long(copy: _Copy) -> str:
    if len(_REPLY_PREFIX.sub("", copy.subject, count=1).strip()) <= MAX_SUBJECT:
        return ""
    return f"The subject has more than {MAX_SUBJECT} characters. Shorten it."


def _header_injection(copy: _Copy) -> str:
    if not any(char in copy.subject for char in "\r\n\0"):
        return ""
    return "The subject has a line break. Put it on one line."


def _false_reply(copy: _Copy) -> str:
    if copy.step > 0 or not looks_like_reply(copy.subject):
        return ""
    return 'A first email must not start with "Re:" or "Fwd:". Remove it.'


def _too_long(copy: _Copy) -> str:
    words = len(_WORD.findall(_LINK.sub("", copy.body)))
    if words <= MAX_WORDS:
        return ""
    return f"The email has {words} words; the limit is {MAX_WORDS}. Shorten it."


def _too_many_links(copy: _Copy) -> str:
    links = len(_LINK.findall(copy.body))
    if links <= MAX_LINKS:
        return ""
    return f"The email has {links} links; the limit is {MAX_LINKS}. Remove some."


def _line_too_long(copy: _Copy) -> str:
    lines = copy.body.splitlines()
    if 4 * max(map(len, lines), default=0) <= MAX_LINE:
        return ""  # a character has at most four bytes
    if max(len(line.encode()) for line in lines) <= MAX_LINE:
        return ""
    return f"A line has more than {MAX_LINE} bytes. Break it up."


def _shouting(copy: _Copy) -> str:
    text = f"{copy.subject}\n{copy.body}"
    letters = [char for char in copy.subject if char.isalpha()]
    loud_subject = len(letters) > 5 and all(char.isupper() for char in letters)  # noqa: PLR2004 # below that it is an acronym
    if not (loud_subject or len(_SHOUTED.findall(text)) > 2 or "!!" in text):  # noqa: PLR2004 # two may be names
        return ""
    return "The email shouts (capitals or several exclamation marks). Tone it down."


def _bulk_phrases(copy: _Copy) -> str:
    lowered = f"{copy.subject}\n{copy.body}".lower()
    bulk = [phrase for phrase in BULK_PHRASES if phrase in lowered]
    if len(bulk) <= BULK_PHRASES_ALLOWED:
        return ""
    return f"The email sounds like bulk email ({', '.join(bulk)}). Use plainer words."


def _placeholder_left(copy: _Copy) -> str:
    left = find_placeholder(f"{copy.subject}\n{copy.body}")
    return f"The email still contains the placeholder {left}. Replace it." if left else ""


def _no_postal_address(copy: _Copy) -> str:
    if copy.postal_address:
        has_address = holds_address(copy.body, copy.postal_address)
    else:
        has_address = any(char.isdigit() for char in "".join(copy.body.splitlines()[-6:]))
    return "" if has_address else "The email does not show your postal address. Add it in Settings."


def _no_opt_out(copy: _Copy) -> str:
    if copy.opt_out_url in copy.body if copy.opt_out_url else _OPT_OUT.search(copy.body):
        return ""
    return "The email has no way to opt out. Put the opt-out link back."


_CHECKS: tuple[tuple[str, Callable[[_Copy], str]], ...] = (
    ("empty_subject", _empty_subject),
    ("empty_body", _empty_body),
    ("subject_too_long", _subject_too_long),
    ("header_injection", _header_injection),
    ("false_reply", _false_reply),
    ("too_long", _too_long),
    ("too_many_links", _too_many_links),
    ("line_too_long", _line_too_long),
    ("shouting", _shouting),
    ("bulk_phrases", _bulk_phrases),
    ("placeholder_left", _placeholder_left),
    ("no_postal_address", _no_postal_address),
    ("no_opt_out", _no_opt_out),
)


def looks_like_reply(subject: str) -> bool:
    """True for a subject that claims an earlier mail ("Re:", "Fwd:")."""
    return bool(_REPLY_PREFIX.match(subject))


def find_placeholder(text: str) -> str:
    """The first unresolved placeholder in `text`, or nothing."""
    # Most texts have no bracket at all, and one character is found faster than eight forms.
    found = _BRACKET.search(text) and _PLACEHOLDER.search(text)
    return found.group(0) if found else ""


def holds_address(body: str, address: str) -> bool:
    """Whether `address` stands in `body`, however it is broken into lines."""
    return address in body or squeeze(address) in squeeze(body)


def squeeze(text: str) -> str:
    """Letters and digits alone, lower case: equal however an address is broken into lines."""
    return "".join(filter(str.isalnum, text.lower()))

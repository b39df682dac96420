"""What good cold mail never does, checked on the finished copy before it may leave.

Pure: a subject and a body in, findings out. The numbers follow what the field's own
tools refuse (200 words, 60 characters of subject, two links).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

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
_OPT_OUT = re.compile(r"unsubscribe|opt out|opt-out|not hear from|stop (?:these|emailing)", re.I)
_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
_SHOUTED = re.compile(r"\b[A-Z]{5,}\b")
_REPLY_PREFIX = re.compile(r"\s*(re|fw|fwd|aw|wg)\s*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LintFinding:
    """One thing wrong with a copy, in words for the person who can change it."""

    code: str
    sentence: str


def lint_copy(
    subject: str, body: str, *, step: int, postal_address: str = "", opt_out_url: str = ""
) -> list[LintFinding]:
    """Everything that speaks against sending this copy; empty when it may leave.

    With `postal_address` and `opt_out_url` those very values must stand in the body;
    without them some opt-out wording and at least one digit-bearing footer line must.
    """
    return [
        LintFinding(code, sentence)
        for code, is_wrong, sentence in [
            *_shape(subject, body, step),
            *_manner(subject, body),
            *_duties(subject, body, postal_address, opt_out_url),
        ]
        if is_wrong
    ]


def _shape(subject: str, body: str, step: int) -> list[tuple[str, bool, str]]:
    words = len(_WORD.findall(_LINK.sub("", body)))
    links = len(_LINK.findall(body))
    longest = max((len(line.encode()) for line in body.splitlines()), default=0)
    is_reply = looks_like_reply(subject)
    return [
        ("empty_subject", not subject.strip(), "The subject is empty. Write one."),
        ("empty_body", not body.strip(), "The mail is empty. Write it."),
        (
            "subject_too_long",
            len(_REPLY_PREFIX.sub("", subject, count=1).strip()) > MAX_SUBJECT,
            f"The subject has more than {MAX_SUBJECT} characters. Shorten it.",
        ),
        (
            "header_injection",
            any(char in subject for char in "\r\n\0"),
            "The subject has a line break. Put it on one line.",
        ),
        (
            "false_reply",
            step == 0 and is_reply,
            'A first mail must not begin with "Re:" or "Fwd:". Take it out.',
        ),
        (
            "too_long",
            words > MAX_WORDS,
            f"The mail has {words} words; the limit is {MAX_WORDS}. Shorten it.",
        ),
        (
            "too_many_links",
            links > MAX_LINKS,
            f"The mail has {links} links; the limit is {MAX_LINKS}. Take some out.",
        ),
        (
            "line_too_long",
            longest > MAX_LINE,
            f"A line has more than {MAX_LINE} bytes. Break it up.",
        ),
    ]


def _manner(subject: str, body: str) -> list[tuple[str, bool, str]]:
    text = f"{subject}\n{body}"
    lowered = text.lower()
    bulk = [phrase for phrase in BULK_PHRASES if phrase in lowered]
    shouted = _SHOUTED.findall(text)
    letters = [char for char in subject if char.isalpha()]
    loud_subject = len(letters) > 5 and all(char.isupper() for char in letters)  # noqa: PLR2004 # below that it is an acronym
    return [
        (
            "shouting",
            loud_subject or len(shouted) > 2 or "!!" in text,  # noqa: PLR2004 # two may be names
            "The mail shouts (capitals or several exclamation marks). Calm it down.",
        ),
        (
            "bulk_phrases",
            len(bulk) > BULK_PHRASES_ALLOWED,
            f"The mail sounds like bulk mail ({', '.join(bulk)}). Say it plainly.",
        ),
    ]


def _duties(
    subject: str, body: str, postal_address: str, opt_out_url: str
) -> list[tuple[str, bool, str]]:
    left = find_placeholder(f"{subject}\n{body}")
    if postal_address:
        has_address = squeeze(postal_address) in squeeze(body)
    else:
        has_address = any(char.isdigit() for char in "".join(body.splitlines()[-6:]))
    has_opt_out = opt_out_url in body if opt_out_url else bool(_OPT_OUT.search(body))
    return [
        (
            "placeholder_left",
            bool(left),
            f"The mail still holds the placeholder {left}. Replace it.",
        ),
        (
            "no_postal_address",
            not has_address,
            "The mail does not show your postal address. Add it in Settings.",
        ),
        ("no_opt_out", not has_opt_out, "The mail has no way to opt out. Put the link back."),
    ]


def looks_like_reply(subject: str) -> bool:
    """True for a subject that claims an earlier mail ("Re:", "Fwd:")."""
    return bool(_REPLY_PREFIX.match(subject))


def find_placeholder(text: str) -> str:
    """The first unresolved placeholder in `text`, or nothing."""
    found = _PLACEHOLDER.search(text)
    return found.group(0) if found else ""


def squeeze(text: str) -> str:
    """Letters and digits alone, lower case: equal however an address is broken into lines."""
    return "".join(char for char in text.lower() if char.isalnum())

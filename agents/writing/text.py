"""Making stored text fit to stand in a sentence, a mail or a Markdown document."""

from __future__ import annotations

import re
import textwrap
import zlib
from typing import TYPE_CHECKING, TypeVar

from hossagent.lib.text import single_line

if TYPE_CHECKING:
    from collections.abc import Sequence

_T = TypeVar("_T")

LINE_WIDTH = 76
# What Markdown reads as markup inside a line, and at its beginning.
_MARKUP = re.compile(r"([\\`*_\[\]|])")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_LIST_MARK = re.compile(r"^([#>+=~:-]|\d+(?=[.)]))")
_FORMAL = ("formal", "professional", "conservative", "polite")
_WHAT_IT_IS = re.compile(r" is an? [\w &/-]+( in [\w ,.-]+)?\.?$")
_TITLES = {"dr", "prof", "mr", "mrs", "ms", "mx"}
_NAME_WORD = re.compile(r"[^\W\d_][^\W\d_'\u2019.\-]*(?:['\u2019.\-][^\W\d_]+)*\.?")


def pick(options: Sequence[_T], *, seed: object, salt: str) -> _T:
    """One of `options`, the same one every time for the same seed and salt."""
    return options[zlib.crc32(f"{salt}:{seed}".encode()) % len(options)]


def escape_markdown(text: str, limit: int = 300) -> str:
    """One line of foreign text that Markdown shows as it is written."""
    line = _ENTITY.sub("&amp;", single_line(text, limit))
    line = _MARKUP.sub(r"\\\1", line).replace("<", "&lt;")
    return _LIST_MARK.sub(_harmless_mark, line)


def _harmless_mark(found: re.Match[str]) -> str:
    """`# x`, `- x` and `1. x` begin no heading and no list."""
    mark = found.group(1)
    return f"{mark}\u2060" if mark.isdigit() or mark in "=~:" else f"\\{mark}"


def clip(text: str, limit: int) -> str:
    """At most `limit` characters, cut after a sentence or a word, never inside one."""
    line = single_line(text, 2_000)
    if len(line) <= limit:
        return line
    cut = line[: limit + 1]
    end = max(cut.rfind(". "), cut.rfind("; "))
    if end >= limit // 3:
        return cut[:end]
    return cut.rpartition(" ")[0].rstrip(" ,;:-") or cut[:limit]


def sentence(text: str, limit: int = 180) -> str:
    """Foreign text as one sentence that ends in one full stop; empty stays empty."""
    line = clip(text, limit).rstrip(" .,;:!?…")
    return f"{line}." if line else ""


def lower_first(text: str) -> str:
    """`Booking systems` → `booking systems`, but `CRM set-up` and `McKay` stay."""
    head, _, _ = text.partition(" ")
    return text[:1].lower() + text[1:] if head[1:].islower() or len(head) == 1 else text


def upper_first(text: str) -> str:
    return text[:1].upper() + text[1:]


def greeting_name(contact_name: str, *, formal: bool = False) -> str:
    """The name to greet somebody by, or nothing when the stored name is no name.

    `Dr. Grace Hopper` is greeted as `Dr. Hopper`, `GRACE HOPPER` as `Grace`.
    """
    words = [word.strip(",;") for word in single_line(contact_name, 80).split()]
    words = [word for word in words if word]
    if not words or len(words) > 4 or not all(_NAME_WORD.fullmatch(word) for word in words):  # noqa: PLR2004 # longer ones are company names or lists
        return ""
    words = [word.title() if word.isupper() and len(word) > 2 else word for word in words]  # noqa: PLR2004 # "JR" and "Al" stay
    if words[0].rstrip(".").lower() in _TITLES:
        return f"{words[0]} {words[-1]}" if len(words) > 1 else ""
    return " ".join(words) if formal else words[0]


def tidy_name(name: str) -> str:
    """`JAMES KIM` → `James Kim`; anything else as it is."""
    line = single_line(name, 80)
    return line.title() if line.isupper() and " " in line else line


def is_formal(tone: str) -> bool:
    """The customer asked for a formal tone in its own words."""
    words = tone.lower()
    return "informal" not in words and any(word in words for word in _FORMAL)


def says_what_it_is(text: str) -> bool:
    """`Northgate is a dental practice in Austin.`: true, and no news to its owner."""
    return bool(_WHAT_IT_IS.search(text))


def wrap(paragraph: str) -> str:
    """Lines of at most 76 characters (RFC 5322, 2.1.1 asks for 78); links stay whole."""
    return textwrap.fill(paragraph, LINE_WIDTH, break_long_words=False, break_on_hyphens=False)

"""Making stored text fit to stand in a sentence, a mail or a Markdown document."""

from __future__ import annotations

import re
import textwrap
import zlib
from typing import TYPE_CHECKING, TypeVar

from hossagent.lib.text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

_T = TypeVar("_T")

LINE_WIDTH = 76
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+\-!|~&])")
_TITLES = {"dr", "prof", "mr", "mrs", "ms", "mx"}
_NAME_WORD = re.compile(r"[^\W\d_][^\W\d_'\u2019.\-]*(?:['\u2019.\-][^\W\d_]+)*\.?")


def pick(options: Sequence[_T], *, seed: object, salt: str) -> _T:
    """One of `options`, the same one every time for the same seed and salt."""
    return options[zlib.crc32(f"{salt}:{seed}".encode()) % len(options)]


def escape_markdown(text: str, limit: int = 300) -> str:
    """One line of foreign text that Markdown shows as it is written."""
    return _MARKDOWN.sub(r"\\\1", one_line(text, limit))


def clip(text: str, limit: int) -> str:
    """At most `limit` characters, cut after a sentence or a word, never inside one."""
    line = one_line(text, 2_000)
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
    words = [word.strip(",;") for word in one_line(contact_name, 80).split()]
    words = [word for word in words if word]
    if not words or len(words) > 4 or not all(_NAME_WORD.fullmatch(word) for word in words):  # noqa: PLR2004 # longer ones are company names or lists
        return ""
    words = [word.title() if word.isupper() and len(word) > 2 else word for word in words]  # noqa: PLR2004 # "JR" and "Al" stay
    if words[0].rstrip(".").lower() in _TITLES:
        return f"{words[0]} {words[-1]}" if len(words) > 1 else ""
    return " ".join(words) if formal else words[0]


def wrap(paragraph: str) -> str:
    """Lines of at most 76 characters (RFC 5322, 2.1.1 asks for 78); links stay whole."""
    return textwrap.fill(paragraph, LINE_WIDTH, break_long_words=False, break_on_hyphens=False)

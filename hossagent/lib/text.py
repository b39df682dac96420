"""Text by how far it can be trusted, and the normal forms that keys are made of."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NewType

import tldextract

# Text that came from outside (a web page, an upload, a reply). Only `agents.writing.writers`
# may put it into mail, and only after `single_line()`.
Untrusted = NewType("Untrusted", str)

_COMPANY_FORMS = re.compile(
    r"\b(inc|incorporated|llc|llp|ltd|limited|gmbh|ag|kg|corp|corporation|co|company|plc|sa|sas|bv|oy|ab|srl|pty)\b"
)
_NOT_WORD = re.compile(r"[^\w]+")

# The list inside the package is used and nothing is ever fetched.
_extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)

RESERVED_SUFFIXES = (".example", ".test")


def single_line(text: str, limit: int = 200) -> str:
    """Control characters and line breaks become one space; safe for a header or subject."""
    visible = text
    if not (text.isascii() and text.isprintable()):
        visible = "".join(
            " " if unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp", "Cs"} else char
            for char in text
        )
    return " ".join(visible.split())[:limit].rstrip()


def normalize_email(address: str) -> str:
    """The form in which two spellings of one mailbox are equal: trimmed, NFC, lower case.

    Plus tags and dots are kept: they are different mailboxes at most providers, so a
    lead's key must not fold them (the trial guard has its own, looser form).
    """
    return unicodedata.normalize("NFC", address).strip().lower()


def company_key(name: str) -> str:
    """`The Acme Co., Ltd.` and `the acme` give one key; empty for an empty name."""
    folded = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode() or name
    words = _COMPANY_FORMS.sub(" ", _NOT_WORD.sub(" ", folded.lower()))
    return " ".join(words.split())


@lru_cache(maxsize=65_536)
def registrable_domain(address_or_host: str) -> str:
    """The part one owner registers (`mail.acme.co.uk` → `acme.co.uk`), by the public
    suffix list in the package; the host itself where the list has no answer."""
    host = address_or_host.rpartition("@")[2]
    host = re.sub(r"^[a-z]+://", "", host.strip().lower()).split("/")[0].split(":")[0].rstrip(".")
    found = _extract(host)
    return found.top_domain_under_public_suffix or ".".join(host.split(".")[-2:])


def is_reserved_address(address: str) -> bool:
    """True for addresses on domains that RFC 2606 and 6761 set aside: no mail can arrive."""
    return address.strip().lower().endswith(RESERVED_SUFFIXES)


def split_words(text: str, separator: str = " ") -> tuple[str, ...]:
    """The parts of a list written as one string, for word lists in code."""
    return tuple(part for part in text.split(separator) if part)


def plural(count: int, word: str, many: str = "") -> str:
    """`1 lead`, `3 leads`."""
    return f"{count} {word if count == 1 else many or word + 's'}"

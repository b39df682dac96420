"""What they wrote themselves: the reply without the quoted thread and the signature.

Our own footer contains opt-out words and comes back in nearly every reply, so whatever
is quoted must never be read as theirs. When in doubt text is taken for a quote: an empty
reply goes to a person, a misread footer would end a conversation.
"""

from __future__ import annotations

import re

from agents.inbox.classify.phrases import read_phrases

_PHRASES = read_phrases(
    "quoting",
    lists=["on", "wrote", "divider", "forwarded", "from", "companion", "device"],
)
# The line may be wrapped over up to four lines.
_ATTRIBUTION = re.compile(
    rf"^(?=.*\d)(?:{_PHRASES['on']})\b"
    rf".{{3,300}}?\b(?:{_PHRASES['wrote']})\s*:\s*$",
    re.IGNORECASE,
)
_ATTRIBUTION_TAIL = re.compile(
    r"^.{0,200}(?:<[^<>\s]+@[^<>\s]+>|\[mailto:[^\]]+\]|\d{1,2}[:.]\d{2})"
    rf".{{0,80}}\b(?:{_PHRASES['wrote']})\s*:?\s*$",
    re.IGNORECASE,
)
_GMAIL_DATE_FIRST = re.compile(
    r"^\d{4}[-/年]\d{1,2}[-/月]\d{1,2}.{0,120}<[^<>\s]+@[^<>\s]+>.{0,10}:\s*$"
)
_DIVIDER = re.compile(
    rf"^[\s>]*(?:[-_=*]{{2,}}\s*)?(?:{_PHRASES['divider']})(?:\s*[-_=*]{{2,}})?\s*:?\s*$",
    re.IGNORECASE,
)
_FORWARDED = re.compile(rf"^(?:{_PHRASES['forwarded']})\s*:\s*$", re.IGNORECASE)
_FROM = re.compile(rf"^\*?(?:{_PHRASES['from']})\s*:\*?\s*\S", re.IGNORECASE)
_COMPANION = re.compile(rf"^\*?(?:{_PHRASES['companion']})\s*:\*?\s*", re.IGNORECASE)
_QUOTED = re.compile(r"^\s{0,3}(?:>|&gt;|\|\s|[A-Z][A-Za-z]{0,2}>\s)")
_SIGNATURE = re.compile(r"^(?:--|\u2014|\u2013\u2013|- -)\s*$")
_DEVICE = re.compile(rf"^\s*(?:{_PHRASES['device']})\s*$", re.IGNORECASE)
_MAX_LINES = 4_000
# A longer line is somebody's paragraph and introduces nothing.
_LONGEST_HEADER = 400
# A shorter line may be theirs and ours by chance.
_SHORTEST_OF_OURS = 25
_COMPANIONS = 2


def strip_quotes(text: str, *, ours: str = "") -> str:
    """The sender's own words in `text`: above, below or between the quoted lines.

    `ours` is what we wrote in this thread; lines of it that come back without any mark
    are taken for quotes too.
    """
    lines = text.replace("\r\n", "\n").split("\n")[:_MAX_LINES]
    kept: list[str] = []
    index = 0
    known = _squeeze(ours)
    while index < len(lines):
        header = _header_length(lines, index)
        if header:
            index += header
            if not _is_marked_quote_next(lines, index):
                break  # an unmarked thread runs to the end
            index = _after_quote(lines, index)
            continue
        if _SIGNATURE.match(lines[index]):
            index = _after_signature(lines, index)
            continue
        if not _is_theirs(lines[index], known):
            index += 1
            continue
        kept.append(lines[index].rstrip())
        index += 1
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def _squeeze(text: str) -> str:
    return re.sub(r"\W+", " ", text.casefold()).strip()


def _is_theirs(line: str, known: str) -> bool:
    if _QUOTED.match(line) or _DEVICE.match(line):
        return False
    if known and len(squeezed := _squeeze(line)) >= _SHORTEST_OF_OURS:
        return squeezed not in known
    return True


def _header_length(lines: list[str], index: int) -> int:
    """How many lines at `index` introduce a quote; 0 when they do not."""
    line = lines[index].strip()
    if not line or len(line) > _LONGEST_HEADER:
        return 0
    if _is_one_line_header(line) or _is_outlook_block(lines, index):
        return 1
    if re.fullmatch(r"_{10,}", line):
        return int(_is_outlook_block(lines, _next_text(lines, index + 1)))
    return _attribution_length(lines[index : index + 4])


def _is_one_line_header(line: str) -> bool:
    patterns = (_DIVIDER, _FORWARDED, _GMAIL_DATE_FIRST, _ATTRIBUTION_TAIL)
    return any(pattern.match(line) for pattern in patterns)


def _attribution_length(lines: list[str]) -> int:
    """Lines of an "On …, … wrote:" that begins here; 0 when none does."""
    joined = ""
    for count, piece in enumerate(lines, start=1):
        if not piece.strip():
            return 0
        joined = f"{joined} {piece.strip()}".strip()
        if _ATTRIBUTION.match(joined):
            return count
    return 0


def _next_text(lines: list[str], index: int) -> int:
    while index < len(lines) and not lines[index].strip():
        index += 1
    return index


def _is_outlook_block(lines: list[str], index: int) -> bool:
    if index >= len(lines) or not _FROM.match(lines[index].strip()):
        return False
    following = [line.strip() for line in lines[index + 1 : index + 9]]
    return sum(bool(_COMPANION.match(line)) for line in following) >= _COMPANIONS


def _is_marked_quote_next(lines: list[str], index: int) -> bool:
    index = _next_text(lines, index)
    return index < len(lines) and bool(_QUOTED.match(lines[index]))


def _after_quote(lines: list[str], index: int) -> int:
    """The first line below a block of marked lines; whoever answers below is heard."""
    index = _next_text(lines, index)
    while index < len(lines) and (_QUOTED.match(lines[index]) or not lines[index].strip()):
        index += 1
    return index


def _after_signature(lines: list[str], index: int) -> int:
    """Past the signature: to the next quote header, marked line, or the end."""
    index += 1
    while index < len(lines):
        if _QUOTED.match(lines[index]) or _header_length(lines, index):
            return index
        index += 1
    return index

"""HTML mail as plain text, with what the sender's program marked as quoted prefixed `>`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_LISTS = frozenset({"table", "tr", "ul", "ol", "li"})
_BLOCKS = _HEADINGS | _LISTS | {"p", "div", "br", "hr", "pre", "blockquote", "section", "article"}
_HIDDEN = frozenset({"script", "style", "head", "title", "template", "noscript"})
_VOID = frozenset({"br", "hr", "img", "meta", "link", "input", "wbr", "col", "area", "base"})
# From these marks on, everything is the earlier thread, whatever the nesting says.
_REST_IS_QUOTE = re.compile(r"divrplyfwdmsg|appendonsend|mail-editor-reference-message-container")
# How mail programs mark the thread below a reply; others may put a prefix of their own
# before these names ("x_gmail_quote").
_QUOTE = re.compile(
    r"gmail_quote|yahoo_quoted|moz-cite-prefix|protonmail_quote|zmail_extra|gmail_extra|"
    + _REST_IS_QUOTE.pattern
)
MAX_DEPTH = 500


@dataclass(frozen=True, slots=True)
class _Element:
    """An element that is open, and what it and those around it make of its text."""

    tag: str
    is_quoted: bool = False
    is_hidden: bool = False


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = [""]
        self.marks: list[bool] = [False]
        self.open = [_Element("")]
        self.is_rest_quoted = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = " ".join(value or "" for key, value in attrs if key in {"class", "id"}).lower()
        self.is_rest_quoted = self.is_rest_quoted or bool(_REST_IS_QUOTE.search(names))
        if tag in _BLOCKS:
            self._break()
        if tag not in _VOID and len(self.open) <= MAX_DEPTH:
            around = self.open[-1]
            is_quote = tag == "blockquote" or bool(_QUOTE.search(names))
            self.open.append(
                _Element(tag, around.is_quoted or is_quote, around.is_hidden or tag in _HIDDEN)
            )

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._break()
        for index in range(len(self.open) - 1, 0, -1):
            if self.open[index].tag == tag:
                del self.open[index:]
                break

    def handle_data(self, data: str) -> None:
        if self.open[-1].is_hidden:
            return
        words = re.sub(r"\s+", " ", data)
        if not words.strip() and not self.lines[-1]:
            return
        self.lines[-1] += words
        self.marks[-1] = self.is_rest_quoted or self.open[-1].is_quoted

    def _break(self) -> None:
        if self.lines[-1].strip() or (len(self.lines) > 1 and self.lines[-2].strip()):
            self.lines.append("")
            self.marks.append(False)


def html_to_text(page: str) -> str:
    """Readable text of an HTML mail; quoted blocks become `> ` lines. Never raises."""
    reader = _Reader()
    try:
        reader.feed(page)
        # Not `close`: for each of many tags left open it would search all the rest again.
        reader.handle_data(unescape(reader.rawdata))
    except (AssertionError, ValueError, RecursionError):
        # The standard parser gives up on some broken declarations; keep what it read.
        reader.lines.append(re.sub(r"<[^>]{0,2000}>", " ", page))
        reader.marks.append(False)
    return "\n".join(
        f"> {line.strip()}" if quoted and line.strip() else line.strip()
        for line, quoted in zip(reader.lines, reader.marks, strict=True)
    )

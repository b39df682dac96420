"""The pieces that documents are put together from; foreign text is cleaned here."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from agents.states import lead_source_words
from agents.writing.text import (
    clip,
    escape_markdown,
    lower_first,
    says_what_it_is,
    sentence,
    tidy_name,
    upper_first,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from agents.writing.selectors.briefs import LeadFacts, SenderFacts
    from agents.writing.selectors.task_briefs import TaskBrief
    from agents.writing.selectors.thread_facts import ThreadEntry

WRITER_LINE = (
    "*Written by templates from the data stored in your account. Nothing is guessed. "
    "Anything that is not stored is listed as missing.*"
)


def day(value: date) -> str:
    """`March 4, 2026`."""
    return f"{value:%B} {value.day}, {value.year}"


def short_day(value: date) -> str:
    """`March 4`."""
    return f"{value:%B} {value.day}"


def page(brief: TaskBrief, title: str, *sections: str) -> str:
    """Title, who it is for and when, the sections that say something, and who wrote it."""
    head = f"# {title}\n\n*For {escape_markdown(brief.sender.company)}, {day(brief.as_of)}.*"
    return "\n\n".join([head, *(part for part in sections if part), WRITER_LINE]) + "\n"


def section(title: str, *blocks: str) -> str:
    """A heading and its blocks; nothing at all when every block is empty."""
    filled = [block for block in blocks if block]
    return "\n\n".join([f"## {title}", *filled]) if filled else ""


def bullets(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items if item)


def numbered(items: Iterable[str]) -> str:
    return "\n".join(f"{number}. {item}" for number, item in enumerate(items, 1))


def table(head: Sequence[str], rows: Iterable[Sequence[str | int]]) -> str:
    """A Markdown table; nothing at all without rows. Cells are ready to print."""
    body = [f"| {' | '.join(str(cell) for cell in row)} |" for row in rows]
    if not body:
        return ""
    return "\n".join([f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *body])


def share_table(name: str, rows: Iterable[tuple[str, int]], total: int) -> str:
    """How many of `total` leads have each value; nothing at all without leads."""
    return table(
        (name, "Leads", "Share"),
        [
            (escape_markdown(value, 80), count, f"{round(100 * count / total)}%")
            for value, count in rows
        ]
        if total
        else [],
    )


def quote(text: str, limit: int = 600) -> str:
    """Somebody's own words as a block quote."""
    lines = [escape_markdown(line) for line in clip_lines(text, limit)]
    return "\n".join(f"> {line}" if line else ">" for line in lines)


def clip_lines(text: str, limit: int) -> list[str]:
    """The text's lines up to `limit` characters in all, blank ends taken off."""
    kept: list[str] = []
    for line in text.strip().splitlines():
        room = limit - sum(len(part) for part in kept)
        if room <= 0:
            kept.append("[shortened]")
            break
        kept.append(clip(line, room))
    return kept


def code(text: str) -> str:
    """A mail shown as it is, in a block that nothing inside can close."""
    return textwrap.indent(text.strip(), "    ")


def listed(items: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(items) <= 1:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def niche(sender: SenderFacts) -> str:
    return escape_markdown(lower_first(clip(sender.niche, 80))) or "your niche"


def place(sender: SenderFacts) -> str:
    return escape_markdown(clip(sender.geography, 80)) or "your area"


def offer(sender: SenderFacts) -> str:
    """What the customer sells in its own words, without a full stop; empty when not stored."""
    return escape_markdown(lower_first(sentence(sender.offer, 160).rstrip(".")))


def facts(lead: LeadFacts) -> list[str]:
    """What is known about the lead, one escaped sentence each."""
    return [escape_markdown(sentence(fact.text, 240)) for fact in lead.evidence]


def telling_facts(lead: LeadFacts) -> list[str]:
    """The facts that say more than what and where the company is."""
    return [text for text in facts(lead) if not says_what_it_is(text)]


def without_name(lead: LeadFacts, text: str) -> str:
    """`Northgate takes calls.` → `Takes calls.`, for a row that names the company."""
    name = company(lead)
    return upper_first(text.removeprefix(name).lstrip(" ,:")) if text.startswith(name) else text


def company(lead: LeadFacts) -> str:
    return escape_markdown(clip(lead.company, 100))


def person(lead: LeadFacts) -> str:
    """`Grace Hopper, Practice owner`, as far as it is stored."""
    parts = [escape_markdown(tidy_name(lead.contact_name)), escape_markdown(lead.contact_title, 80)]
    return ", ".join(part for part in parts if part)


def newest_reply(thread: Sequence[ThreadEntry]) -> ThreadEntry | None:
    """The last thing that they wrote, or None."""
    return next((entry for entry in reversed(thread) if not entry.is_ours), None)


def source_words(source: str) -> str:
    """Where a fact was read, shown as text."""
    return escape_markdown(source, 120)


LABEL_WORDS = {
    "interested": "interested",
    "question": "a question",
    "referral": "refers you to someone else",
    "not_now": "not now",
    "not_interested": "not interested",
    "unclear": "unclear, a person should read it",
    "opt_out": "asked not to be contacted",
    "out_of_office": "out of office",
    "bounce": "could not be delivered",
    "delay": "delivery delayed",
    "complaint": "complaint",
    "auto_reply": "automatic reply",
}


def source_name(source: str) -> str:
    """A lead source as a person would call it."""
    return upper_first(escape_markdown(lead_source_words(source)))

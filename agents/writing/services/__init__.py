"""What this room offers: mails and documents in words, a second opinion on a reply, and the
last look at a finished text."""

from __future__ import annotations

from agents.writing.base import Copy, Deliverable
from agents.writing.lint import LintFinding, holds_address, lint_copy
from agents.writing.llm import Opinion
from agents.writing.llm.opinion import resolve_label
from agents.writing.llm.prompts import looks_like_instructions
from agents.writing.services.write import (
    get_second_opinion,
    get_writer,
    write_deliverable,
    write_message,
)

__all__ = [
    "Copy",
    "Deliverable",
    "LintFinding",
    "Opinion",
    "get_second_opinion",
    "get_writer",
    "holds_address",
    "lint_copy",
    "looks_like_instructions",
    "resolve_label",
    "write_deliverable",
    "write_message",
]

"""Where mails and documents are worded; the only place that puts scraped text into them."""

from __future__ import annotations

from agents.writing.base import Copy, Deliverable, UnresolvedPlaceholder, Writer, WriterFailed
from agents.writing.templates import TemplateWriter

__all__ = ["Copy", "Deliverable", "UnresolvedPlaceholder", "Writer", "WriterFailed", "get_writer"]


def get_writer() -> Writer:
    """The writer that always works. `agents.writing.services` puts a model before it,
    within each customer's budget."""
    return TemplateWriter()

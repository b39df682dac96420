"""Where mails and documents are worded; the only place that puts scraped text into them."""

from __future__ import annotations

from agents.writers.base import Copy, Deliverable, UnresolvedPlaceholder, Writer
from agents.writers.templates import TemplateWriter

__all__ = ["Copy", "Deliverable", "UnresolvedPlaceholder", "Writer", "get_writer"]


def get_writer() -> Writer:
    """The writer that the configuration allows."""
    return TemplateWriter()

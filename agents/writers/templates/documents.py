"""Documents in Markdown, worded from a brief's facts and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.writers.text import escape_markdown

if TYPE_CHECKING:
    from agents.selectors.task_briefs import TaskBrief


def compose_document(brief: TaskBrief) -> str:
    """The document of one task."""
    sender = brief.sender
    lines = [
        f"# {escape_markdown(brief.title)}",
        "",
        f"*Prepared for {escape_markdown(sender.company)} on {brief.as_of:%B %-d, %Y}.*",
        "",
        f"- Niche: {escape_markdown(sender.niche)}",
        f"- Geography: {escape_markdown(sender.geography)}",
    ]
    if brief.lead is not None:
        lines.append(f"- Lead: {escape_markdown(brief.lead.company)}")
        lines += [f"- {escape_markdown(fact.text)}" for fact in brief.lead.evidence]
    return "\n".join(lines) + "\n"

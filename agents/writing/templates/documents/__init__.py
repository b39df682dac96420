"""Documents in Markdown, worded from a brief's facts and nothing else.

What is not stored is named as missing, never guessed: a document that says "not stored
yet" is worth more than one that sounds complete.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.writing.templates.documents import engagement, replies, report, starters

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.writing.selectors.task_briefs import TaskBrief

_COMPOSERS: dict[str, Callable[[TaskBrief], str]] = {
    "ideal_customer_profile": starters.compose_ideal_customer_profile,
    "market_snapshot": starters.compose_market_snapshot,
    "outreach_playbook": starters.compose_outreach_playbook,
    "prospect_brief": engagement.compose_prospect_brief,
    "meeting_agenda": engagement.compose_meeting_agenda,
    "proposal_outline": engagement.compose_proposal_outline,
    "reply_draft": replies.compose_reply_draft,
    "weekly_report": report.compose_weekly_report,
}


def compose_document(brief: TaskBrief) -> str:
    """The document of one task. Raises `KeyError` for a kind that nobody can write."""
    return _COMPOSERS[brief.kind](brief)

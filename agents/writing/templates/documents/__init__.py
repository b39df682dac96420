"""Documents in Markdown, worded from a brief's facts and nothing else; each has its file.

What is not stored is named as missing, never guessed: a document that says "not stored
yet" is worth more than one that sounds complete.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.writing.templates.documents.ideal_customer_profile import (
    compose_ideal_customer_profile,
)
from agents.writing.templates.documents.market_snapshot import compose_market_snapshot
from agents.writing.templates.documents.meeting_agenda import compose_meeting_agenda
from agents.writing.templates.documents.outreach_playbook import compose_outreach_playbook
from agents.writing.templates.documents.proposal_outline import compose_proposal_outline
from agents.writing.templates.documents.prospect_brief import compose_prospect_brief
from agents.writing.templates.documents.reply_draft import compose_reply_draft
from agents.writing.templates.documents.weekly_report import compose_weekly_report

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.writing.selectors.task_briefs import TaskBrief

_COMPOSERS: dict[str, Callable[[TaskBrief], str]] = {
    "ideal_customer_profile": compose_ideal_customer_profile,
    "market_snapshot": compose_market_snapshot,
    "outreach_playbook": compose_outreach_playbook,
    "prospect_brief": compose_prospect_brief,
    "meeting_agenda": compose_meeting_agenda,
    "proposal_outline": compose_proposal_outline,
    "reply_draft": compose_reply_draft,
    "weekly_report": compose_weekly_report,
}


def compose_document(brief: TaskBrief) -> str:
    """The document of one task. Raises `KeyError` for a kind that nobody can write."""
    return _COMPOSERS[brief.kind](brief)

"""The meeting agenda: thirty minutes with a prospect, and notes for oneself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.writing.templates.documents import parts
from agents.writing.templates.documents.needs import get_lead
from agents.writing.text import escape_markdown

if TYPE_CHECKING:
    from agents.writing.selectors.briefs import LeadFacts
    from agents.writing.selectors.task_briefs import TaskBrief


def compose_meeting_agenda(brief: TaskBrief) -> str:
    """Thirty minutes that can be sent to the prospect as they are, and notes for oneself."""
    lead = get_lead(brief)
    company, us = parts.company(lead), escape_markdown(brief.sender.company)
    offer = parts.offer(brief.sender)
    show = f'How {us} would help: "{offer}"' if offer else f"How {us} would help"
    reply = parts.newest_reply(brief.thread)
    return parts.page(
        brief,
        f"Meeting agenda: {company} and {us}",
        parts.section(
            "Goal",
            f"Find out together whether {us} can help {company}. "
            "If so, agree on the next step. "
            "A clear no is a good result too.",
        ),
        parts.section(
            "Agenda (30 minutes)",
            parts.table(
                ("Minutes", "Topic", "Who leads"),
                [
                    ("0 to 3", "Introductions, and what each side wants from the half hour", us),
                    ("3 to 13", "How things work today, and what gets in the way", company),
                    ("13 to 21", show, us),
                    ("21 to 26", "What would have to be true for this to be worth it", "both"),
                    ("26 to 30", "Next step, with a name and a date", "both"),
                ],
            ),
        ),
        parts.section("Questions to ask", parts.numbered(_meeting_questions(brief, lead))),
        parts.section(
            "Keep in mind",
            f"They wrote on {parts.short_day(reply.on)}:\n\n{parts.quote(reply.text, 300)}"
            if reply
            else "",
        ),
        parts.section(
            "After the meeting, the same day",
            parts.bullets(
                [
                    "Send three lines: what you heard, what you agreed on, who does what by when.",
                    "Write down the problem in their own words. The proposal starts with them.",
                    "Close the lead if the answer was no. This keeps your list honest.",
                ]
            ),
        ),
    )


def _meeting_questions(brief: TaskBrief, lead: LeadFacts) -> list[str]:
    known = parts.telling_facts(lead)
    first = (
        f'We read: "{known[0]}" How did that come about?'
        if known
        else "What made you reply to our email?"
    )
    return [
        first,
        "What happens if nothing changes this year?",
        "Who else would notice the difference, and who would pay for it?",
        "What have you tried before, and why did it stop?",
        "How do you decide on something like this, and when would you like to decide?",
    ]

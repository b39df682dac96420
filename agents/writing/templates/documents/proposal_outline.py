"""The proposal outline: filled where facts are stored, and honest where they are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.writing.templates.documents import parts
from agents.writing.templates.documents.needs import get_lead
from agents.writing.text import escape_markdown

if TYPE_CHECKING:
    from agents.writing.selectors.briefs import LeadFacts
    from agents.writing.selectors.task_briefs import TaskBrief


def compose_proposal_outline(brief: TaskBrief) -> str:
    """The skeleton of a proposal, filled where facts are stored and honest where not."""
    lead = get_lead(brief)
    company, us = parts.company(lead), escape_markdown(brief.sender.company)
    offer = parts.offer(brief.sender)
    reply = parts.newest_reply(brief.thread)
    said = f"In their words:\n\n{parts.quote(reply.text, 400)}" if reply else ""
    return parts.page(
        brief,
        f"Proposal outline: {us} for {company}",
        "An outline to fill in after the meeting. Two pages are enough. The sections are in "
        "reading order.",
        parts.section(
            "1. Your situation",
            said,
            parts.bullets(parts.telling_facts(lead) or parts.facts(lead)),
            "*After the meeting: replace the facts above with the problem in their own words.*",
        ),
        parts.section(
            "2. What will be different",
            f"One sentence on the result for {company}, with a number that **they** named. "
            "If they named no number, say what they will stop doing.",
        ),
        parts.section(
            "3. What we will do",
            f'The core of it, in your words: "{offer}".'
            if offer
            else "What you offer is not in Settings yet. Say it here in one sentence.",
            parts.table(
                ("Step", "Content", "Done when"),
                [
                    (
                        "Start",
                        "Look at how it works today, and agree on what to measure",
                        "Both sides have signed off on one page",
                    ),
                    (
                        "Build",
                        "Set it up with one team or at one location first",
                        "It has run there for two weeks",
                    ),
                    (
                        "Expand",
                        f"Roll it out to the rest of {company}",
                        "The agreed target is met",
                    ),
                ],
            ),
        ),
        parts.section(
            "4. What we need from you",
            parts.bullets(
                [
                    (
                        "One person who decides: "
                        f"{parts.person(lead) or 'to be named in the meeting'}."
                    ),
                    "An hour a week during the first month.",
                    "Access to everything that will change, before the start.",
                ]
            ),
        ),
        parts.section(
            "5. Price and terms",
            "Your prices are not stored here. State one price for the first step alone, "
            "what it includes, and how long the offer is valid.",
        ),
        parts.section(
            "6. Next step",
            f"One line for {company} to say yes to: a start date, and a name on each side.",
        ),
        parts.section("Check before you send", parts.bullets(_proposal_checks(brief, lead))),
    )


def _proposal_checks(brief: TaskBrief, lead: LeadFacts) -> list[str]:
    checks = [
        "Every fact in section 1 is still true, and they would agree with it.",
        "It has one price and one date.",
        "Someone who was not in the meeting understands it.",
    ]
    if not lead.contact_name:
        checks.append("The person who decides is named.")
    if not brief.sender.offer:
        checks.append("Section 3 says what you do in words a client would use.")
    return checks

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
        "An outline to fill after the meeting. Two pages are enough; the sections are in the "
        "order in which they are read.",
        parts.section(
            "1. Your situation",
            said,
            parts.bullets(parts.telling_facts(lead) or parts.facts(lead)),
            "*After the meeting: replace the facts above by the problem in their own words.*",
        ),
        parts.section(
            "2. What will be different",
            f"One sentence on the result for {company}, with a number that **they** named. "
            "Without such a number, name what they will stop doing.",
        ),
        parts.section(
            "3. What we will do",
            f'The core of it, in your words: "{offer}".'
            if offer
            else "What you offer is not in Settings yet; say it here in one sentence.",
            parts.table(
                ("Step", "Content", "Done when"),
                [
                    (
                        "Begin",
                        "Look at how it works today; agree on what to measure",
                        "Both sides have signed off one page",
                    ),
                    (
                        "Build",
                        "Set it up with one team or one place first",
                        "It runs there for two weeks",
                    ),
                    (
                        "Widen",
                        f"Roll it out to the rest of {company}",
                        "The agreed measure is reached",
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
                    "Access to whatever is to be changed, before the start.",
                ]
            ),
        ),
        parts.section(
            "5. Price and terms",
            "Your prices are not stored here, so none is given. State one price for the first step "
            "alone, what it includes, and until when the offer stands.",
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
        "There is one price and one date in it.",
        "Somebody who was not in the meeting understands it.",
    ]
    if not lead.contact_name:
        checks.append("The person who decides is named.")
    if not brief.sender.offer:
        checks.append("Section 3 says what you do in words a client would use.")
    return checks

"""The ideal customer profile: whom to write to, how to tell, and what would sharpen it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.writing.templates.documents import parts
from agents.writing.templates.documents.needs import get_pipeline, list_gaps
from agents.writing.text import escape_markdown
from hossagent.lib.text import plural

if TYPE_CHECKING:
    from agents.writing.selectors.pipeline_facts import PipelineFacts
    from agents.writing.selectors.task_briefs import TaskBrief


def compose_ideal_customer_profile(brief: TaskBrief) -> str:
    """Who is worth writing to, how to tell, and what would sharpen the picture."""
    sender, pipeline = brief.sender, get_pipeline(brief)
    offer = parts.offer(sender)
    own_words = sender.ideal_customer.strip()
    return parts.page(
        brief,
        "Ideal customer profile",
        parts.section(
            "In one sentence",
            f"{escape_markdown(sender.company)} looks for {parts.niche(sender)} in "
            f"{parts.place(sender)}.",
            f'What it offers them, in your words: "{offer}".' if offer else "",
            f"In your own words:\n\n{parts.quote(own_words)}" if own_words else "",
        ),
        parts.section("Five questions for every company", parts.numbered(_questions(brief))),
        parts.section(
            "How to read the answers",
            parts.bullets(
                [
                    (
                        "**Four or five yes answers:** email them this week, and name the sign "
                        "you saw."
                    ),
                    (
                        "**Three yes answers:** find the missing fact first. "
                        "Their website is enough."
                    ),
                    (
                        "**Fewer:** skip the company. A polite email to the wrong company is "
                        "still the wrong email."
                    ),
                ]
            ),
        ),
        parts.section(
            "Who decides",
            parts.share_table("Role", pipeline.titles, pipeline.total),
            "" if pipeline.titles else "No lead on your list has a stored role yet.",
        ),
        parts.section("Signs found on your own list", _signs(pipeline)),
        parts.section("Who to leave out", parts.bullets(_exclusions(brief, pipeline))),
        parts.section("What would sharpen this profile", parts.bullets(list_gaps(brief))),
    )


def _questions(brief: TaskBrief) -> list[str]:
    sender, pipeline = brief.sender, get_pipeline(brief)
    roles = parts.listed([escape_markdown(title, 60) for title, _ in pipeline.titles[:3]])
    seen = f" On your list these are {roles}." if roles else ""
    return [
        f"Is it one of the {parts.niche(sender)}, and does it operate in {parts.place(sender)}?",
        f"Is there a named person who can say yes?{seen}",
        "Is there a sign, on a page you can point to, that what you offer would matter now?",
        "Can you say in one sentence what would be different for them in three months?",
        "Do they publish a business email address?",
    ]


def _signs(pipeline: PipelineFacts) -> str:
    signs = []
    for lead in pipeline.examples:
        found = parts.telling_facts(lead)
        if found:
            signs.append(found[0])
    if not signs:
        return "None stored yet. They appear here as leads with facts come in."
    return parts.bullets(signs[:5])


def _exclusions(brief: TaskBrief, pipeline: PipelineFacts) -> list[str]:
    opted_out = (
        "Companies that asked not to be contacted "
        f"({plural(pipeline.opted_out, 'lead')} so far). "
        "The agents leave them out automatically."
    )
    return [
        opted_out,
        (
            "Your current clients and partners. Put their domains on the do-not-contact list "
            "in Settings."
        ),
        f"Companies outside {parts.place(brief.sender)}, however good they look.",
        "Personal mailboxes, and anyone whose role you cannot name.",
    ]

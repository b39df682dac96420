"""The market snapshot: the customer's list in numbers, with its limits said aloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.writing.templates.documents import parts
from agents.writing.templates.documents.needs import get_pipeline
from agents.writing.text import escape_markdown
from hossagent.lib.text import plural

if TYPE_CHECKING:
    from agents.writing.selectors.briefs import LeadFacts
    from agents.writing.selectors.pipeline_facts import PipelineFacts
    from agents.writing.selectors.task_briefs import TaskBrief


def compose_market_snapshot(brief: TaskBrief) -> str:
    """The customer's list as a picture of the market, with its limits said aloud."""
    sender, pipeline = brief.sender, get_pipeline(brief)
    made_up = (
        f"**{pipeline.fictional} of {pipeline.total} are fictional companies** that show how the "
        "service works. They are not market data."
        if pipeline.fictional
        else ""
    )
    total = pipeline.total
    return parts.page(
        brief,
        f"Market snapshot: {parts.niche(sender)} in {parts.place(sender)}",
        f"This counts the {plural(total, 'lead')} on your list on {parts.day(brief.as_of)}. "
        "It covers the part of the market found so far, not all of it.",
        made_up,
        parts.section(
            "At a glance",
            parts.table(
                ("", "Leads"),
                [
                    ("Found", total),
                    ("With a named person", pipeline.with_person),
                    ("With an email address", pipeline.with_address),
                    ("Emailed", pipeline.contacted),
                    ("Replied", pipeline.answered),
                    ("Interested", pipeline.qualified),
                ],
            ),
        ),
        parts.section("Where they are", parts.share_table("Place", pipeline.locations, total)),
        parts.section("Who decides", parts.share_table("Role", pipeline.titles, total)),
        parts.section("Companies to know", _companies(pipeline)),
        parts.section("What this means", parts.bullets(_reading(pipeline))),
    )


def _companies(pipeline: PipelineFacts) -> str:
    return parts.table(
        ("Company", "Person", "Worth knowing"),
        [
            (parts.company(lead), parts.person(lead) or "not stored", _worth_knowing(lead))
            for lead in pipeline.examples
        ],
    )


def _worth_knowing(lead: LeadFacts) -> str:
    found = parts.telling_facts(lead)
    return parts.without_name(lead, found[0]) if found else escape_markdown(lead.reason, 220)


def _reading(pipeline: PipelineFacts) -> list[str]:
    total = pipeline.total
    if not total:
        return [
            (
                "There are no leads yet. They arrive with the next searches. You can also import "
                "your own list."
            )
        ]
    lines = []
    if pipeline.locations:
        place, count = pipeline.locations[0]
        lines.append(
            f"Most of them are in {escape_markdown(place, 80)} ({count} of {total}). "
            "A local example works better than a general one."
        )
    if pipeline.titles:
        role, count = pipeline.titles[0]
        lines.append(
            f"The most common role is {escape_markdown(role, 60)} ({count} of {total}). "
            "Write the first sentence for that person."
        )
    unnamed, unreachable = total - pipeline.with_person, total - pipeline.with_address
    if unnamed:
        lines.append(
            f"{plural(unnamed, 'lead has', 'leads have')} no named person. Emails to them "
            "start without a name."
        )
    if unreachable:
        lines.append(
            f"{plural(unreachable, 'lead has', 'leads have')} no address yet. They get no "
            "email until one is found on their own website."
        )
    if not pipeline.contacted:
        lines.append("No one has been emailed yet. There is no reply rate to show.")
    return lines

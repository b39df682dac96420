"""What a document cannot be written without, and what the customer has not told us yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agents.writing.selectors.briefs import LeadFacts
    from agents.writing.selectors.pipeline_facts import PipelineFacts
    from agents.writing.selectors.task_briefs import TaskBrief
    from agents.writing.selectors.week_facts import WeekFacts


def get_lead(brief: TaskBrief) -> LeadFacts:
    """The lead that the document is about. Raises `ValueError` when it was deleted."""
    if brief.lead is None:
        raise ValueError(f"a {brief.kind} is about a lead, and it was deleted")
    return brief.lead


def get_pipeline(brief: TaskBrief) -> PipelineFacts:
    """The numbers of the customer's list. Raises `ValueError` without them."""
    if brief.pipeline is None:
        raise ValueError(f"a {brief.kind} needs the list's facts")
    return brief.pipeline


def get_week(brief: TaskBrief) -> WeekFacts:
    """The numbers of the week. Raises `ValueError` without them."""
    if brief.week is None:
        raise ValueError("a weekly report needs the week's facts")
    return brief.week


def list_gaps(brief: TaskBrief) -> list[str]:
    """What to add in Settings, one sentence each; what to do next when nothing is missing."""
    sender = brief.sender
    gaps = [
        (sender.offer, "Describe what you sell in Settings, in one sentence a client would use."),
        (
            sender.ideal_customer,
            "Describe your best client so far in Settings: size, role, reason.",
        ),
        (sender.niche, "Enter your niche in Settings. No leads can be found without it."),
        (sender.geography, "Enter your geography in Settings. A city or region works best."),
        (
            sender.postal_address,
            "Add your postal address in Settings. No email is sent without it.",
        ),
    ]
    missing = [words for value, words in gaps if not value.strip()]
    return missing or [
        (
            "Mark leads as qualified, or close them, as you talk to people. "
            "The next profile counts them."
        )
    ]

"""The prospect brief: all that is known before a first call, and what is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.writing.templates.documents import parts
from agents.writing.templates.documents.needs import get_lead
from agents.writing.text import escape_markdown, sentence

if TYPE_CHECKING:
    from agents.writing.selectors.briefs import LeadFacts
    from agents.writing.selectors.task_briefs import TaskBrief

_STANCE = {
    "interested": "They want to hear more. Propose two times, and keep it short.",
    "question": "They asked a question. Answer it first. Everything else can wait.",
    "referral": (
        "They refer you to someone else. Thank them, and mention their name when you write "
        "to that person."
    ),
    "not_now": "The timing is wrong. Agree on a better time, and do not push.",
    "not_interested": "They said no. There is nothing to prepare. A clear answer is a good result.",
    "unclear": "What they want is not clear. Ask one open question.",
}


def compose_prospect_brief(brief: TaskBrief) -> str:
    """All that is known before the first call, with sources, and what is not known."""
    lead = get_lead(brief)
    reply = parts.newest_reply(brief.thread)
    stance = _STANCE.get(reply.label, "") if reply else ""
    return parts.page(
        brief,
        f"Prospect brief: {parts.company(lead)}",
        parts.section("Who they are", _who(lead)),
        parts.section("Why they are on your list", escape_markdown(sentence(lead.reason, 300))),
        parts.section("What is known", _known(lead)),
        parts.section("What was said", _thread(brief)),
        parts.section("Where they stand", stance),
        parts.section("Talking points", parts.numbered(_talking_points(brief, lead))),
        parts.section("Not known yet", parts.bullets(_unknown(lead))),
    )


def _who(lead: LeadFacts) -> str:
    rows = [
        ("Company", parts.company(lead)),
        ("Person", parts.person(lead)),
        ("Place", escape_markdown(lead.location)),
        ("Website", escape_markdown(lead.website)),
    ]
    return parts.table(("", ""), [(name, value) for name, value in rows if value])


def _known(lead: LeadFacts) -> str:
    rows = [
        (escape_markdown(sentence(fact.text, 240)), parts.source_words(fact.source) or "not stored")
        for fact in lead.evidence
    ]
    return parts.table(("Fact", "Where it was read"), rows) or (
        "No facts are stored about them. Look at their website before you call."
    )


def _thread(brief: TaskBrief) -> str:
    if not brief.thread:
        return "Nothing yet. This lead was marked as qualified by hand."
    blocks = []
    for entry in brief.thread:
        simulated = " (simulated)" if entry.is_simulated else ""
        if entry.is_ours:
            blocks.append(
                f"**{parts.short_day(entry.on)}, you wrote{simulated}:** "
                f'"{escape_markdown(entry.subject)}"'
            )
        else:
            label = parts.LABEL_WORDS.get(entry.label, entry.label)
            blocks.append(
                f"**{parts.short_day(entry.on)}, they replied{simulated}** ({label}):\n\n"
                f"{parts.quote(entry.text)}"
            )
    return "\n\n".join(blocks)


def _talking_points(brief: TaskBrief, lead: LeadFacts) -> list[str]:
    offer = parts.offer(brief.sender)
    points = []
    reply = parts.newest_reply(brief.thread)
    if reply is not None:
        points.append("Start with their own words, quoted above, before you say anything else.")
    points += [
        f'"{fact}" Ask what led to it and what it changed for them.'
        for fact in parts.telling_facts(lead)[:3]
    ]
    if offer:
        points.append(
            f'Only then say what you do, "{offer}", and what it changed for a client you can name.'
        )
    else:
        points.append("Only then say what you offer. It is not in Settings yet. Add it there.")
    points.append("End with one next step and a date for it.")
    return points


def _unknown(lead: LeadFacts) -> list[str]:
    questions = [
        (lead.contact_name, "Who decides: no person is stored."),
        (lead.contact_title, "What the person's role is."),
        (lead.location, "Where they are."),
        (lead.website, "Their website."),
    ]
    missing = [words for value, words in questions if not value.strip()]
    return [*missing, "Their budget, their timing and who else has a say: ask in the meeting."]

"""The outreach playbook: what prospects read, when, and what happens when they answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.sequence import DELAYS
from agents.writing.errors import UnresolvedPlaceholder
from agents.writing.selectors.briefs import MessageBrief
from agents.writing.templates.documents import parts
from agents.writing.templates.documents.needs import get_pipeline, list_gaps
from agents.writing.templates.mail import compose_mail
from agents.writing.text import escape_markdown, sentence

if TYPE_CHECKING:
    from agents.writing.selectors.task_briefs import TaskBrief

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_APPROVAL = {
    "review_all": "You approve every mail before it leaves.",
    "review_first": "You approve the first ten mails; after that they leave by themselves.",
    "autopilot": "Mails leave by themselves once every check has passed.",
}


def compose_outreach_playbook(brief: TaskBrief) -> str:
    """What prospects will read, when, and what happens when they answer."""
    sender, outreach = brief.sender, brief.outreach
    days = parts.listed([_WEEKDAYS[number] for number in sorted(outreach.weekdays)])
    return parts.page(
        brief,
        "Outreach playbook",
        parts.section(
            "The rules of your outreach",
            parts.bullets(
                [
                    f"**To whom:** {parts.niche(sender)} in {parts.place(sender)}.",
                    (
                        "**From whom:** "
                        f"{escape_markdown(sender.sender_name) or 'not stored yet'}, "
                        f"{escape_markdown(sender.company)}."
                    ),
                    (
                        f"**When:** {outreach.window} on {days}, by the reader's clock where "
                        f"it is known and by yours ({escape_markdown(outreach.timezone)}) "
                        "where it is not."
                    ),
                    f"**Who decides:** {_APPROVAL[outreach.approval]}",
                    (
                        f"**How often:** one opener and {len(DELAYS) - 1} follow-ups at most, "
                        f"{_waits()} later each. An answer of any kind ends the sequence."
                    ),
                ]
            ),
        ),
        parts.section("What your prospects read", *_sample_mails(brief)),
        parts.section(
            "What never leaves",
            parts.bullets(
                [
                    "A claim about a company that is not stored with its source.",
                    'A first mail that begins with "Re:", shouts, or asks two things at once.',
                    "A mail without your postal address and a link to opt out.",
                    "A second mail to somebody who opted out, bounced or answered.",
                ]
            ),
        ),
        parts.section(
            "When they answer",
            parts.table(
                ("They say", "What happens", "Your part"),
                [
                    (
                        "Yes, tell me more",
                        "The lead is qualified and three documents are made",
                        "Answer the same day; a draft is waiting",
                    ),
                    ("A question", "The sequence stops", "Answer it in your own words"),
                    (
                        "Ask somebody else",
                        "The sequence stops",
                        "Thank them, then write to that person",
                    ),
                    ("Not now", "The sequence stops", "Put the date in your calendar"),
                    ("No", "The lead is closed", "Nothing"),
                    ("Stop writing to me", "The address is blocked for good", "Nothing"),
                ],
            ),
        ),
        parts.section("Before the first mail leaves", parts.bullets(list_gaps(brief))),
    )


def _waits() -> str:
    return f"{parts.listed([str(delay.days) for delay in DELAYS[1:]])} days"


def _sample_mails(brief: TaskBrief) -> list[str]:
    """The real copy for the first lead of the list that has all it needs."""
    examples, obstacle = get_pipeline(brief).examples, ""
    for lead in examples:
        try:
            mails = [
                compose_mail(MessageBrief(lead, brief.sender, step, "(your reader's own link)"))
                for step in range(len(DELAYS))
            ]
        except UnresolvedPlaceholder as error:
            obstacle = obstacle or error.sentence
            continue
        names = ("The opener", "The follow-up", "The last note")
        samples = [
            f"**{name}**\n\n{parts.code(f'Subject: {subject}{chr(10) * 2}{body}')}"
            for name, (subject, body) in zip(names, mails, strict=False)
        ]
        return [f"Written for {parts.company(lead)}, a lead on your list:", *samples]
    if obstacle:
        return [f"They cannot be written yet. {escape_markdown(sentence(obstacle))}"]
    return ["They are written as soon as the first lead is on your list."]

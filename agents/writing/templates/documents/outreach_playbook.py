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
    "review_all": "You approve every email before it is sent.",
    "review_first": "You approve the first ten emails. After that, emails are sent automatically.",
    "autopilot": "Emails are sent automatically once every check has passed.",
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
                    f"**To:** {parts.niche(sender)} in {parts.place(sender)}.",
                    (
                        "**From:** "
                        f"{escape_markdown(sender.sender_name) or 'not stored yet'}, "
                        f"{escape_markdown(sender.company)}."
                    ),
                    (
                        f"**When:** {outreach.window} on {days}, in the reader's time zone if "
                        f"it is known, or else in yours ({escape_markdown(outreach.timezone)})."
                    ),
                    f"**Approval:** {_APPROVAL[outreach.approval]}",
                    (
                        f"**How often:** one opener and at most {len(DELAYS) - 1} follow-ups, "
                        f"with {_waits()} in between. Any reply ends the sequence."
                    ),
                ]
            ),
        ),
        parts.section("What your prospects read", *_sample_mails(brief)),
        parts.section(
            "What is never sent",
            parts.bullets(
                [
                    "A claim about a company that is not stored with its source.",
                    'A first email that starts with "Re:", shouts, or asks two things at once.',
                    "An email without your postal address and an opt-out link.",
                    "A second email to someone who opted out, bounced or replied.",
                ]
            ),
        ),
        parts.section(
            "When they reply",
            parts.table(
                ("They say", "What happens", "What you do"),
                [
                    (
                        "Yes, tell me more",
                        "The lead is qualified and three documents are written",
                        "Reply the same day. A draft is waiting",
                    ),
                    ("A question", "The sequence stops", "Answer it in your own words"),
                    (
                        "Ask someone else",
                        "The sequence stops",
                        "Thank them, then write to that person",
                    ),
                    ("Not now", "The sequence stops", "Put the date in your calendar"),
                    ("No", "The lead is closed", "Nothing"),
                    ("Stop emailing me", "The address is blocked for good", "Nothing"),
                ],
            ),
        ),
        parts.section("Before the first email is sent", parts.bullets(list_gaps(brief))),
    )


def _waits() -> str:
    return f"{parts.listed([str(delay.days) for delay in DELAYS[1:]])} days"


def _sample_mails(brief: TaskBrief) -> list[str]:
    """The real copy for the first lead of the list that has all it needs."""
    examples, obstacle = get_pipeline(brief).examples, ""
    for lead in examples:
        try:
            mails = [
                compose_mail(MessageBrief(lead, brief.sender, step, "(each reader's own link)"))
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
        return [f"These emails cannot be written yet. {escape_markdown(sentence(obstacle))}"]
    return ["These emails are written as soon as the first lead is on your list."]

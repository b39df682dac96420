"""The weekly report: what was done, counted from the ledger, and what needs a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.writing.templates.documents import parts
from agents.writing.templates.documents.needs import get_week
from agents.writing.text import clip, escape_markdown
from hossagent.lib.text import plural

if TYPE_CHECKING:
    from agents.writing.selectors.task_briefs import TaskBrief
    from agents.writing.selectors.week_facts import WeekFacts


def compose_weekly_report(brief: TaskBrief) -> str:
    """The week in one sentence, in numbers, and in what waits for a person."""
    week = get_week(brief)
    span = f"{parts.short_day(week.monday)} to {parts.day(week.sunday)}"
    return parts.page(
        brief,
        f"Weekly report {escape_markdown(week.name)}",
        f"{span}, Monday to Sunday in your time zone.",
        parts.section("In one sentence", _in_one_sentence(week)),
        parts.section("The numbers", _numbers(week)),
        parts.section("Who replied", _answers(week)),
        parts.section(
            "Work completed", parts.bullets(escape_markdown(title) for title in week.work)
        ),
        parts.section("Where leads came from", _sources(week)),
        parts.section("What needs your attention", parts.bullets(_next_steps(brief, week))),
    )


def _in_one_sentence(week: WeekFacts) -> str:
    numbers = week.numbers
    mails = numbers.sent + numbers.simulated
    if not (numbers.leads or mails or numbers.human_replies or numbers.tasks_done):
        return (
            "It was a quiet week. Nothing was found, written or completed. "
            "See below what needs your attention."
        )
    simulated = " (all simulated)" if mails and not numbers.sent else ""
    return (
        f"Your agents found {plural(numbers.leads, 'lead')}, wrote "
        f"{plural(mails, 'email')}{simulated}, received "
        f"{plural(numbers.human_replies, 'reply', 'replies')} and completed "
        f"{plural(numbers.tasks_done, 'task')}."
    )


def _numbers(week: WeekFacts) -> str:
    now, before = week.numbers, week.before
    rows = [
        ("Leads found", now.leads, before.leads),
        ("Emails sent", now.sent, before.sent),
        ("Emails simulated (dry run)", now.simulated, before.simulated),
        ("Emails that failed", now.failed, before.failed),
        ("Replies from people", now.human_replies, before.human_replies),
        ("Leads qualified", now.qualified, before.qualified),
        ("Tasks completed", now.tasks_done, before.tasks_done),
    ]
    return parts.table(
        ("", "This week", "Week before", "Change"),
        [(name, this, last, _change(this - last)) for name, this, last in rows],
    )


def _change(difference: int) -> str:
    return f"+{difference}" if difference > 0 else str(difference) if difference else "0"


def _answers(week: WeekFacts) -> str:
    answers = [
        f"**{escape_markdown(clip(reply.company, 80))}** ({parts.short_day(reply.on)}"
        f"{', simulated' if reply.is_simulated else ''}): "
        f"{parts.LABEL_WORDS.get(reply.label, reply.label)}. "
        f'"{escape_markdown(clip(reply.text, 160))}"'
        for reply in week.replies
    ]
    others = [
        f"{plural(count, 'email')}: {parts.LABEL_WORDS[label]}"
        for label, count in week.numbers.replies
        if label in {"out_of_office", "bounce", "auto_reply", "complaint"}
    ]
    return parts.bullets([*answers, *others]) or "No one this week."


def _sources(week: WeekFacts) -> str:
    return parts.table(
        ("Source", "Leads"),
        [(parts.source_name(source), count) for source, count in week.numbers.leads_by_source],
    )


def _next_steps(brief: TaskBrief, week: WeekFacts) -> list[str]:
    waiting, numbers = week.waiting, week.numbers
    steps = []
    if waiting.get("answers"):
        steps.append(
            f"{plural(waiting['answers'], 'conversation is', 'conversations are')} waiting "
            "for your reply. Start there."
        )
    if waiting.get("approvals"):
        steps.append(
            f"{plural(waiting['approvals'], 'email is', 'emails are')} waiting for your approval."
        )
    if waiting.get("held"):
        steps.append(
            f"{plural(waiting['held'], 'task is', 'tasks are')} on hold because of your "
            "plan's limits."
        )
    if not brief.sender.postal_address.strip():
        steps.append("Add your postal address in Settings. No email can be sent without it.")
    if not brief.sender.offer.strip():
        steps.append(
            "Describe what you sell in Settings. Emails and documents get better right away."
        )
    if not numbers.leads and not steps:
        steps.append("No new leads came in. A wider geography or a second niche brings more.")
    return steps or ["Nothing. Your agents keep working on their own."]

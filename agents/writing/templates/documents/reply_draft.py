"""The reply draft: a suggested answer to what a lead wrote. Only a person sends it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agents.writing.templates.documents import parts
from agents.writing.templates.documents.needs import get_lead
from agents.writing.text import clip, greeting_name, is_formal, wrap
from hossagent.lib.text import single_line

if TYPE_CHECKING:
    from agents.writing.selectors.task_briefs import TaskBrief
    from agents.writing.selectors.thread_facts import ThreadEntry

LONGEST_QUESTION = 200


def compose_reply(brief: TaskBrief) -> str:
    """The mail itself, plain text, ready to be changed by the person who sends it."""
    lead, sender = get_lead(brief), brief.sender
    formal = is_formal(sender.tone)
    name = greeting_name(lead.contact_name, formal=formal)
    hello = ("Dear" if formal else "Hi") if name else "Hello"
    reply = parts.newest_reply(brief.thread)
    label = reply.label if reply else ""
    company = clip(lead.company, 80)
    paragraphs = _ANSWERS.get(label, _ANSWERS["interested"])
    lines = [f"{hello} {name}," if name else "Hello,"]
    lines += [wrap(text.replace("(company)", company)) for text in paragraphs]
    asked = _question(reply)
    if asked and label in {"interested", "question"}:
        lines.insert(
            2, wrap(f'You asked: "{asked}" {_ON_QUESTIONS[label]}'.replace("(company)", company))
        )
    signature = [single_line(sender.sender_name, 120), single_line(sender.company)]
    lines.append("\n".join(["Kind regards," if formal else "Best,", *filter(None, signature)]))
    return "\n\n".join(lines) + "\n"


_ANSWERS: dict[str, tuple[str, ...]] = {
    "interested": (
        "Thank you for your reply. I am glad my email came at a good time.",
        (
            "Shall we talk for 20 minutes this week or next? Tell me two times that work for "
            "you, and I will send an invitation for one of them."
        ),
        (
            "To make good use of the time: which one thing at (company) should be different "
            "in three months? I will prepare for that."
        ),
    ),
    "question": (
        "Thank you for asking.",
        "If it is easier to talk, name a time this week and I will call you.",
    ),
    "referral": (
        "Thank you for pointing me to the right person. May I mention your name when I write?",
        "I will keep it as short as my note to you.",
    ),
    "not_now": (
        "Thank you for telling me. I will not write again before then.",
        "If something changes at (company) before then, one line is enough.",
    ),
    "not_interested": (
        "Thank you for the clear answer. I will not write again.",
        "I wish you and (company) all the best.",
    ),
    "unclear": (
        "Thank you for your reply. I want to be sure that I understand you.",
        "Could you tell me in a line what would be most useful for (company)?",
    ),
}

_ON_QUESTIONS = {
    "interested": (
        "I would rather answer that for (company) than in general. A short call is enough."
    ),
    "question": "I will send you the answer in writing today.",
}


def _question(reply: ThreadEntry | None) -> str:
    """What they asked, in their own words: the longest question that still fits."""
    text = single_line(reply.text, 2_000) if reply else ""
    asked = [words.strip() for words in re.findall(r"[^.!?]+[?]", text)]
    return max((words for words in asked if len(words) <= LONGEST_QUESTION), key=len, default="")


_BEFORE_SENDING = {
    "interested": "Add two times from your own calendar if you can.",
    "question": "Add your answer to the draft. The facts for it are not stored.",
    "referral": "Check the new person's name and address on their own website.",
    "not_now": "Put the date they named in your calendar.",
    "not_interested": "It is fine to send nothing at all.",
    "unclear": "Read their words once more. You may understand them better than this draft does.",
}


def compose_reply_draft(brief: TaskBrief) -> str:
    """Their words, the suggested answer, and what to check before it is sent."""
    lead = get_lead(brief)
    reply = parts.newest_reply(brief.thread)
    theirs = parts.quote(reply.text) if reply else "Nothing is stored in this conversation yet."
    label = reply.label if reply else "interested"
    return parts.page(
        brief,
        f"Reply draft: {parts.company(lead)}",
        parts.section("What they wrote", theirs),
        parts.section("Suggested answer", parts.code(compose_reply(brief))),
        parts.section(
            "Before you send it",
            parts.bullets(
                [
                    _BEFORE_SENDING.get(label, _BEFORE_SENDING["interested"]),
                    "Change anything that does not sound like you. Nothing is sent automatically.",
                    "Reply within the hour, while they are still thinking of you.",
                ]
            ),
        ),
    )

"""A mail in the model's words: what it is asked, what of it is refused, and our own frame.

Greeting, signature, postal address and opt-out come from the templates; the model words what
stands between.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

from agents.writing.grounding import find_ungrounded
from agents.writing.lint import lint_copy
from agents.writing.llm import prompts
from agents.writing.templates.mail import compose_subject, frame_mail
from hossagent.lib.text import single_line

if TYPE_CHECKING:
    from agents.writing.grounding import Evidence
    from agents.writing.selectors.briefs import MessageBrief

MAX_TOKENS = 500
MAX_WORDS = 120


class MailAnswer(BaseModel):
    """What the model may word of a mail."""

    subject: str = Field(min_length=3, max_length=60)
    paragraphs: list[str] = Field(min_length=1, max_length=3)
    question: str = Field(min_length=5, max_length=200)


_STEPS = (
    (
        "Write the first mail to a company that does not know us. One fact about them, one "
        "sentence on what we offer and why that fact made us write, one question. At most 70 words."
    ),
    (
        "Write a short follow-up to a mail that got no answer. Add one thought, do not repeat the "
        "first mail, ask one question. At most 50 words."
    ),
    (
        "Write a last short note: we stop writing, the door stays open. Ask whether somebody else "
        "should be asked. At most 40 words."
    ),
)
_SHAPE = (
    "No greeting, no signature, no link: those are added. `paragraphs` hold statements and no "
    "question mark; `question` is the only question. The subject names the matter, without Re:."
)


def mail_prompt(brief: MessageBrief) -> prompts.Prompt:
    """What the model is told about this mail."""
    task = f"{_STEPS[min(brief.step, len(_STEPS) - 1)]} {_SHAPE}"
    data = {"us": prompts.sender_data(brief.sender), "them": prompts.lead_data(brief.lead)}
    return prompts.make_prompt(task=task, data=data)


def frame_answer(brief: MessageBrief, answer: MailAnswer) -> tuple[str, str]:
    """Subject and body of the whole mail; a follow-up keeps the opener's subject."""
    paragraphs = [single_line(text, 600) for text in answer.paragraphs if single_line(text)]
    opener = brief.step == 0
    subject = single_line(answer.subject, 60) if opener else compose_subject(brief)
    return subject, frame_mail(brief, [*paragraphs, single_line(answer.question, 200)])


def find_faults(brief: MessageBrief, answer: MailAnswer, *, evidence: Evidence) -> list[str]:
    """Each reason not to use this answer, in words for the model; empty when it is good."""
    subject, body = frame_answer(brief, answer)
    said = [answer.subject, *answer.paragraphs, answer.question]
    faults = [fault for text in said for fault in find_ungrounded(text, evidence)]
    faults += [
        finding.code
        for finding in lint_copy(
            subject,
            body,
            step=brief.step,
            postal_address=brief.sender.postal_address,
            opt_out_url=brief.opt_out_url,
        )
    ]
    if sum(text.count("?") for text in said[1:]) != 1:
        faults.append("exactly one question is wanted")
    if "!" in "".join(said):
        faults.append("no exclamation marks")
    if len(body.split()) > MAX_WORDS:
        faults.append("too many words")
    return faults


def ask_again(user: str, *, faults: list[str]) -> str:
    """The same question with what was wrong about the first answer."""
    listed = "; ".join(single_line(fault, 120) for fault in faults[:8])
    return (
        f"{user}\n\nYour last answer was refused. Faults: {listed}. "
        "Write it anew with nothing that is not in the data."
    )

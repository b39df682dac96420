"""Mails and documents by a language model: asked in a shape, checked, or not used at all.

Greeting, signature, postal address and opt-out of a mail, and every table and number of
a document, come from the templates; the model words what stands between. Whatever it
says is looked up in the facts before anybody sees it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field

from agents.writing.base import Copy, Deliverable
from agents.writing.errors import WriterFailed
from agents.writing.grounding import Evidence, find_ungrounded, gather
from agents.writing.lint import lint_copy
from agents.writing.llm import prompts
from agents.writing.llm.client import Asked, ask, most_it_can_cost
from agents.writing.templates.documents import compose_document
from agents.writing.templates.documents.parts import WRITER_LINE
from agents.writing.templates.mail import compose_mail, compose_subject, frame_mail
from agents.writing.text import escape_markdown
from hossagent.lib.text import single_line

if TYPE_CHECKING:
    from agents.writing.selectors.briefs import MessageBrief
    from agents.writing.selectors.task_briefs import TaskBrief

MAIL_TOKENS = 500
DOCUMENT_TOKENS = 1_500
MAX_MAIL_WORDS = 120


class MailAnswer(BaseModel):
    """What the model may word of a mail."""

    subject: str = Field(min_length=3, max_length=60)
    paragraphs: list[str] = Field(min_length=1, max_length=3)
    question: str = Field(min_length=5, max_length=200)


class DocumentAnswer(BaseModel):
    """What the model may add to a document: a summary and what follows from the facts."""

    summary: str = Field(min_length=20, max_length=900)
    observations: list[str] = Field(min_length=1, max_length=6)
    next_steps: list[str] = Field(min_length=1, max_length=5)


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
_DOCUMENTS = {
    "ideal_customer_profile": "Say what the leads on the list have in common and whom to prefer.",
    "market_snapshot": "Read the numbers of the list: what stands out, what is thin, what to do.",
    "outreach_playbook": "Advise how to approach these companies, from what is known of them.",
    "prospect_brief": "Prepare a person for a first call with this company.",
    "meeting_agenda": "Say what to aim for in the first meeting and what to listen for.",
    "proposal_outline": "Say what a proposal to this company should put first, and why.",
    "reply_draft": "Say what they want and how to answer it.",
    "weekly_report": "Sum up the week for a busy owner: what moved, what to do now.",
}


class LlmWriter:
    """Raises `WriterFailed` whenever the answer cannot be used; templates write then."""

    def write_message(self, brief: MessageBrief) -> Copy:
        """A mail. Raises `UnresolvedPlaceholder` as the templates do, before anything is
        asked, and `WriterFailed` with a reason and what the attempts cost."""
        compose_mail(brief)
        system, data, canary = _mail_prompt(brief)
        evidence = gather(prompts.strings(data))
        user = prompts.fence(data)
        asked = ask(system=system, user=user, shape=MailAnswer, max_tokens=MAIL_TOKENS)
        faults = _mail_faults(brief, asked, evidence, canary)
        if faults:
            asked = ask(
                system=system,
                user=_again(user, faults),
                shape=MailAnswer,
                max_tokens=MAIL_TOKENS,
                spent=asked.cost_micros,
            )
            faults = _mail_faults(brief, asked, evidence, canary)
        if faults:
            raise WriterFailed("ungrounded", cost_micros=asked.cost_micros)
        subject, body = _assemble(brief, asked.answer)
        return Copy(subject, body, _name(asked.model), asked.cost_micros)

    def write_deliverable(self, brief: TaskBrief) -> Deliverable:
        """A document: the templates' facts, opened by the model's reading of them.

        A sentence that cannot be traced to the facts is left out; when little remains,
        `WriterFailed`.
        """
        document = compose_document(brief)
        system, data, canary = _document_prompt(brief, document)
        evidence = gather(prompts.strings(data))
        asked = ask(
            system=system,
            user=prompts.fence(data),
            shape=DocumentAnswer,
            max_tokens=DOCUMENT_TOKENS,
        )
        _refuse_canary(asked.answer, canary, asked.cost_micros)
        answer = asked.answer
        summary = _grounded([answer.summary], evidence)
        observations = _grounded(answer.observations, evidence)
        steps = _grounded(answer.next_steps, evidence)
        if not (summary and observations and steps):
            raise WriterFailed("ungrounded", cost_micros=asked.cost_micros)
        return Deliverable(
            _insert(document, summary[0], observations, steps, _name(asked.model)),
            _name(asked.model),
            asked.cost_micros,
        )

    def most_a_message_can_cost(self, brief: MessageBrief) -> int:
        system, data, _ = _mail_prompt(brief)
        return most_it_can_cost(prompt=[system, prompts.fence(data)], max_tokens=MAIL_TOKENS)

    def most_a_deliverable_can_cost(self, brief: TaskBrief) -> int:
        system, data, _ = _document_prompt(brief, compose_document(brief))
        return most_it_can_cost(prompt=[system, prompts.fence(data)], max_tokens=DOCUMENT_TOKENS)


def _name(model: str) -> str:
    return single_line(model, 40) or "model"


def _mail_prompt(brief: MessageBrief) -> tuple[str, dict[str, Any], str]:
    canary = prompts.make_canary()
    task = f"{_STEPS[min(brief.step, len(_STEPS) - 1)]} {_SHAPE}"
    data = {"us": prompts.sender_data(brief.sender), "them": prompts.lead_data(brief.lead)}
    return prompts.system_prompt(task, canary), data, canary


def _document_prompt(brief: TaskBrief, document: str) -> tuple[str, dict[str, Any], str]:
    canary = prompts.make_canary()
    task = (
        f"{_DOCUMENTS[brief.kind]} A document with the facts exists already and is among the "
        "data; do not repeat it. `summary`: two or three sentences. `observations`: what "
        "follows from the facts, one sentence each. `next_steps`: what to do, one sentence each."
    )
    data: dict[str, Any] = {
        "us": prompts.sender_data(brief.sender),
        "document": [
            line for line in (prompts.clean(text, 400) for text in document.splitlines()) if line
        ],
    }
    if brief.lead is not None:
        data["them"] = prompts.lead_data(brief.lead)
        data["thread"] = prompts.thread_data(brief.thread)
    return prompts.system_prompt(task, canary), data, canary


def _again(user: str, faults: list[str]) -> str:
    listed = "; ".join(single_line(fault, 120) for fault in faults[:8])
    return (
        f"{user}\n\nYour last answer was refused. Faults: {listed}. "
        "Write it anew with nothing that is not in the data."
    )


def _assemble(brief: MessageBrief, answer: MailAnswer) -> tuple[str, str]:
    paragraphs = [single_line(text, 600) for text in answer.paragraphs if single_line(text)]
    opener = brief.step == 0
    subject = single_line(answer.subject, 60) if opener else compose_subject(brief)
    return subject, frame_mail(brief, [*paragraphs, single_line(answer.question, 200)])


def _mail_faults(
    brief: MessageBrief, asked: Asked[MailAnswer], evidence: Evidence, canary: str
) -> list[str]:
    answer = asked.answer
    _refuse_canary(answer, canary, asked.cost_micros)
    subject, body = _assemble(brief, answer)
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
    if len(body.split()) > MAX_MAIL_WORDS:
        faults.append("too many words")
    return faults


def _refuse_canary(answer: BaseModel, canary: str, cost_micros: int) -> None:
    if canary.removeprefix("canary-") in answer.model_dump_json():
        raise WriterFailed("leaked_prompt", cost_micros=cost_micros)


def _grounded(texts: list[str], evidence: Evidence) -> list[str]:
    """The texts of which every sentence can be traced, ready for Markdown."""
    return [
        escape_markdown(text, 900)
        for text in texts
        if single_line(text) and not find_ungrounded(text, evidence)
    ]


def _insert(
    document: str, summary: str, observations: list[str], steps: list[str], model: str
) -> str:
    """The model's part below the title, the facts after it, and who wrote what."""
    title, _, rest = document.partition("\n\n")
    audience, _, facts = rest.partition("\n\n")
    opening = [
        title,
        audience,
        "## Summary",
        summary,
        "## What stands out",
        "\n".join(f"- {text}" for text in observations),
        "## What to do next",
        "\n".join(f"{number}. {text}" for number, text in enumerate(steps, 1)),
    ]
    line = (
        f"*Summary, observations and next steps written by {escape_markdown(model)} and checked "
        "against what is stored in your account; the rest is what is stored.*"
    )
    return "\n\n".join(opening) + "\n\n" + facts.replace(WRITER_LINE, line)

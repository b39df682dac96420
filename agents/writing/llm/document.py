"""A document that the model opens: its reading of the facts above, the facts as they are below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field

from agents.writing.grounding import find_ungrounded
from agents.writing.llm import prompts
from agents.writing.templates.documents.parts import WRITER_LINE
from agents.writing.text import escape_markdown
from hossagent.lib.text import single_line

if TYPE_CHECKING:
    from agents.writing.grounding import Evidence
    from agents.writing.selectors.task_briefs import TaskBrief

MAX_TOKENS = 1_500


class DocumentAnswer(BaseModel):
    """What the model may add to a document: a summary and what follows from the facts."""

    summary: str = Field(min_length=20, max_length=900)
    observations: list[str] = Field(min_length=1, max_length=6)
    next_steps: list[str] = Field(min_length=1, max_length=5)


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


@dataclass(frozen=True, slots=True)
class Opening:
    """What of the model's answer could be traced to the facts, ready for Markdown."""

    summary: str
    observations: list[str]
    next_steps: list[str]


def document_prompt(brief: TaskBrief, *, document: str) -> prompts.Prompt:
    """What the model is told about this document, which the templates have written."""
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
    return prompts.make_prompt(task=task, data=data)


def get_opening(answer: DocumentAnswer, *, evidence: Evidence) -> Opening | None:
    """The answer without each text that cannot be traced; None when too little remains."""
    summary = _grounded([answer.summary], evidence)
    observations = _grounded(answer.observations, evidence)
    next_steps = _grounded(answer.next_steps, evidence)
    if not (summary and observations and next_steps):
        return None
    return Opening(summary[0], observations, next_steps)


def _grounded(texts: list[str], evidence: Evidence) -> list[str]:
    """The texts of which every sentence can be traced, ready for Markdown."""
    return [
        escape_markdown(text, 900)
        for text in texts
        if single_line(text) and not find_ungrounded(text, evidence)
    ]


def insert_opening(document: str, opening: Opening, *, model: str) -> str:
    """The model's part below the title, the facts after it, and who wrote what."""
    title, _, rest = document.partition("\n\n")
    audience, _, facts = rest.partition("\n\n")
    blocks = [
        title,
        audience,
        "## Summary",
        opening.summary,
        "## What stands out",
        "\n".join(f"- {text}" for text in opening.observations),
        "## What to do next",
        "\n".join(f"{number}. {text}" for number, text in enumerate(opening.next_steps, 1)),
    ]
    line = (
        f"*Summary, observations and next steps written by {escape_markdown(model)} and checked "
        "against what is stored in your account; the rest is what is stored.*"
    )
    return "\n\n".join(blocks) + "\n\n" + facts.replace(WRITER_LINE, line)

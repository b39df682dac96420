"""Mails and documents by a language model: asked in a shape, checked, or not used at all.

Every table and number of a document, and the frame of a mail, come from the templates.
Whatever the model says is looked up in the facts before anybody sees it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.writing.base import Copy, Deliverable
from agents.writing.errors import WriterFailed
from agents.writing.grounding import collect_evidence
from agents.writing.llm import document, mail, prompts
from agents.writing.llm.client import ask, most_it_can_cost
from agents.writing.templates.documents import compose_document
from agents.writing.templates.mail import compose_mail
from hossagent.lib.text import single_line

if TYPE_CHECKING:
    from pydantic import BaseModel

    from agents.writing.selectors.briefs import MessageBrief
    from agents.writing.selectors.task_briefs import TaskBrief


class LlmWriter:
    """Raises `WriterFailed` whenever the answer cannot be used; templates write then."""

    def write_message(self, brief: MessageBrief) -> Copy:
        """A mail; a first answer with faults is sent back once.

        Raises `UnresolvedPlaceholder` as the templates do, before anything is asked, and
        `WriterFailed` with a reason and what the attempts cost.
        """
        compose_mail(brief)
        prompt = mail.mail_prompt(brief)
        evidence = collect_evidence(prompts.strings(prompt.data))
        user, spent = prompts.fence(prompt.data), 0
        for _ in range(2):
            asked = ask(
                system=prompt.system,
                user=user,
                shape=mail.MailAnswer,
                max_tokens=mail.MAX_TOKENS,
                spent=spent,
            )
            spent = asked.cost_micros
            _refuse_canary(asked.answer, prompt, cost_micros=spent)
            faults = mail.find_faults(brief, asked.answer, evidence=evidence)
            if not faults:
                subject, body = mail.frame_answer(brief, asked.answer)
                return Copy(subject, body, _name(asked.model), spent)
            user = mail.ask_again(user, faults=faults)
        raise WriterFailed("ungrounded", cost_micros=spent)

    def write_deliverable(self, brief: TaskBrief) -> Deliverable:
        """A document: the templates' facts, opened by the model's reading of them.

        A sentence that cannot be traced to the facts is left out; when little remains,
        `WriterFailed`.
        """
        facts = compose_document(brief)
        prompt = document.document_prompt(brief, document=facts)
        asked = ask(
            system=prompt.system,
            user=prompts.fence(prompt.data),
            shape=document.DocumentAnswer,
            max_tokens=document.MAX_TOKENS,
        )
        _refuse_canary(asked.answer, prompt, cost_micros=asked.cost_micros)
        evidence = collect_evidence(prompts.strings(prompt.data))
        opening = document.get_opening(asked.answer, evidence=evidence)
        if opening is None:
            raise WriterFailed("ungrounded", cost_micros=asked.cost_micros)
        model = _name(asked.model)
        markdown = document.insert_opening(facts, opening, model=model)
        return Deliverable(markdown, model, asked.cost_micros)

    def most_a_message_can_cost(self, brief: MessageBrief) -> int:
        """In millionths of a dollar, both attempts included."""
        return _most(mail.mail_prompt(brief), max_tokens=mail.MAX_TOKENS)

    def most_a_deliverable_can_cost(self, brief: TaskBrief) -> int:
        """In millionths of a dollar."""
        prompt = document.document_prompt(brief, document=compose_document(brief))
        return _most(prompt, max_tokens=document.MAX_TOKENS)


def _most(prompt: prompts.Prompt, *, max_tokens: int) -> int:
    texts = [prompt.system, prompts.fence(prompt.data)]
    return most_it_can_cost(prompt=texts, max_tokens=max_tokens)


def _name(model: str) -> str:
    return single_line(model, 40) or "model"


def _refuse_canary(answer: BaseModel, prompt: prompts.Prompt, *, cost_micros: int) -> None:
    """An answer that repeats its instructions has been talked into it by the data."""
    if prompt.canary.removeprefix("canary-") in answer.model_dump_json():
        raise WriterFailed("leaked_prompt", cost_micros=cost_micros)

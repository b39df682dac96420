"""Mails and documents are written by the model while it is live and paid for, else by templates.

1. The most that it can cost is reserved from the customer's budget (`budget`).
2. The model is asked. Whatever goes wrong, templates write and one line in the log says why.
3. What it has cost is recorded, failed attempts included.

Call these outside any transaction.
"""

from __future__ import annotations

import logging
from datetime import UTC
from typing import TYPE_CHECKING

from agents.writing.base import Copy, Deliverable, Writer
from agents.writing.errors import WriterFailed
from agents.writing.llm import LlmWriter, ask_opinion
from agents.writing.llm.opinion import most_an_opinion_can_cost
from agents.writing.services.budget import record_spent, reserve
from agents.writing.templates import TemplateWriter
from hossagent import subsystems

if TYPE_CHECKING:
    from datetime import date, datetime

    from agents.writing.llm import Opinion
    from agents.writing.selectors.briefs import MessageBrief
    from agents.writing.selectors.task_briefs import TaskBrief

logger = logging.getLogger("agents.writing")


def get_writer() -> Writer:
    """The writer that always works, asks nobody and costs nothing."""
    return TemplateWriter()


def write_message(*, brief: MessageBrief, now: datetime) -> Copy:
    """A mail. Raises only `UnresolvedPlaceholder`; a model's failure means templates."""
    templates = get_writer().write_message(brief)
    if not subsystems.writer().is_live:
        return templates
    model, customer_id, day = LlmWriter(), brief.sender.customer_id, _day(now)
    most = model.most_a_message_can_cost(brief)
    if not reserve(customer_id=customer_id, day=day, micros=most):
        _log_fallback("budget")
        return templates
    spent = 0
    try:
        copy = model.write_message(brief)
        spent = copy.cost_micros
    except WriterFailed as error:
        spent = error.cost_micros
        _log_fallback(error.reason)
        copy = Copy(templates.subject, templates.body, templates.written_by, spent)
    finally:
        record_spent(customer_id=customer_id, day=day, reserved=most, spent=spent)
    return copy


def write_deliverable(*, brief: TaskBrief, now: datetime) -> Deliverable:
    """A document and what it cost, failed attempts included."""
    if not subsystems.writer().is_live:
        return get_writer().write_deliverable(brief)
    model, customer_id, day = LlmWriter(), brief.sender.customer_id, _day(now)
    most = model.most_a_deliverable_can_cost(brief)
    if not reserve(customer_id=customer_id, day=day, micros=most):
        _log_fallback("budget")
        return get_writer().write_deliverable(brief)
    spent = 0
    try:
        document = model.write_deliverable(brief)
        spent = document.cost_micros
    except WriterFailed as error:
        spent = error.cost_micros
        _log_fallback(error.reason)
        plain = get_writer().write_deliverable(brief)
        document = Deliverable(plain.markdown, plain.written_by, spent)
    finally:
        record_spent(customer_id=customer_id, day=day, reserved=most, spent=spent)
    return document


def get_second_opinion(*, customer_id: int, text: str, now: datetime) -> Opinion | None:
    """What the model takes a reply for, or None when it is off, too dear or no help.

    It never outvotes an opt-out: `resolve_label` keeps that rule.
    """
    if not text.strip() or not subsystems.writer().is_live:
        return None
    day, most = _day(now), most_an_opinion_can_cost(text)
    if not reserve(customer_id=customer_id, day=day, micros=most):
        _log_fallback("budget")
        return None
    spent, opinion = 0, None
    try:
        opinion = ask_opinion(text)
        spent = opinion.cost_micros
    except WriterFailed as error:
        spent = error.cost_micros
        _log_fallback(error.reason)
    finally:
        record_spent(customer_id=customer_id, day=day, reserved=most, spent=spent)
    return opinion


def _log_fallback(reason: str) -> None:
    logger.warning("[WRITER][FALLBACK] reason=%s", reason)


def _day(now: datetime) -> date:
    return now.astimezone(UTC).date()

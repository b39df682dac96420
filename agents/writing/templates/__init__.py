"""The writer that needs nobody: mails and documents from templates and stored facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.writing.base import Copy, Deliverable
from agents.writing.templates.documents import compose_document
from agents.writing.templates.mail import compose_mail

if TYPE_CHECKING:
    from agents.writing.selectors.briefs import MessageBrief
    from agents.writing.selectors.task_briefs import TaskBrief

WRITTEN_BY = "templates"


class TemplateWriter:
    """Costs nothing, knows nothing but the brief, and says the same thing every time."""

    def write_message(self, brief: MessageBrief) -> Copy:
        """Raises `UnresolvedPlaceholder` when a fact is missing that a mail must hold."""
        subject, body = compose_mail(brief)
        return Copy(subject, body, WRITTEN_BY)

    def write_deliverable(self, brief: TaskBrief) -> Deliverable:
        return Deliverable(compose_document(brief), WRITTEN_BY)

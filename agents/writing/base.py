"""What a writer is: from a frozen brief to a mail or a document, and who wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from agents.writing.selectors.briefs import MessageBrief
    from agents.writing.selectors.task_briefs import TaskBrief


@dataclass(frozen=True, slots=True)
class Copy:
    """A mail ready for the gate. `written_by` is 'templates' or the model's name."""

    subject: str
    body: str
    written_by: str
    cost_micros: int = 0


@dataclass(frozen=True, slots=True)
class Deliverable:
    """A finished document in Markdown and its measured cost in millionths of a dollar."""

    markdown: str
    written_by: str
    cost_micros: int = 0


class UnresolvedPlaceholder(Exception):
    """The brief lacks a fact that the copy cannot do without; nothing may leave.

    `fact` names what is missing, `lead_id` the lead, and the text says how to mend it.
    """

    def __init__(self, *, fact: str, lead_id: int | None, sentence: str) -> None:
        self.fact = fact
        self.lead_id = lead_id
        self.sentence = sentence
        super().__init__(f"lead {lead_id}: {fact} is missing. {sentence}")


class WriterFailed(Exception):
    """A model could not be asked, or said what cannot be used; templates write instead.

    `reason` is one word for the log, `cost_micros` what the attempts cost.
    """

    def __init__(self, reason: str, *, cost_micros: int = 0) -> None:
        self.reason = reason
        self.cost_micros = cost_micros
        super().__init__(reason)


class Writer(Protocol):
    """Writes from facts alone. Neither method raises but `UnresolvedPlaceholder`."""

    def write_message(self, brief: MessageBrief) -> Copy: ...

    def write_deliverable(self, brief: TaskBrief) -> Deliverable: ...

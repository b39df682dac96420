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


class Writer(Protocol):
    """Writes from facts alone. Neither method raises but `UnresolvedPlaceholder`."""

    def write_message(self, brief: MessageBrief) -> Copy: ...

    def write_deliverable(self, brief: TaskBrief) -> Deliverable: ...

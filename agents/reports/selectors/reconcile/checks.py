"""The answer of one check, and the emails that all checks are about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agents.models import Message
from agents.states import MessageMode, MessageStatus

if TYPE_CHECKING:
    from django.db.models import QuerySet

# The lead has it, or may have it.
MAY_HAVE_LEFT = (MessageStatus.SENDING, MessageStatus.SENT, MessageStatus.UNKNOWN)
# Rows read at a time.
CHUNK = 2_000


@dataclass(slots=True)
class LedgerCheck:
    """One promise: how many rows were checked, and which do not add up."""

    promise: str
    rows_checked: int = 0
    broken: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.broken


def live_messages_out() -> QuerySet[Message]:
    """Real emails that left, or began to."""
    return Message.objects.filter(mode=MessageMode.LIVE, sending_at__isnull=False)


def first_keys(rows: QuerySet[Message]) -> list[int]:
    """The keys of the rows that break a promise; the first hundred are enough to look at."""
    return list(rows.values_list("pk", flat=True)[:100])

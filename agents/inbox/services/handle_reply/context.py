"""What a received reply brings along: the record that every consequence reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.states import FOR_A_PERSON, HUMAN_REPLIES, ConversationStatus

if TYPE_CHECKING:
    from datetime import datetime

    from agents.inbox.classify import Classification, Mail
    from agents.models import Conversation, InboundMessage, Lead, Message


@dataclass(frozen=True, slots=True)
class ReplyContext:
    """One matched mail with everything that follows from it needs."""

    inbound: InboundMessage
    mail: Mail
    classification: Classification
    conversation: Conversation
    message: Message | None
    label_before: str  # of an earlier reading; empty at the first
    now: datetime

    @property
    def lead(self) -> Lead:
        """Whoever the conversation is with."""
        return self.conversation.lead

    @property
    def is_newest(self) -> bool:
        """No later human reply has been read; only then it speaks for the thread."""
        last = self.conversation.last_reply_at
        return last is None or self.inbound.received_at >= last

    @property
    def is_first_reading(self) -> bool:
        """It was never taken for a person's reply before."""
        return self.label_before not in HUMAN_REPLIES

    @property
    def is_dealt_with(self) -> bool:
        """Somebody has answered or closed since an earlier reading, or put it away."""
        if self.is_first_reading or self.conversation.is_awaiting_answer:
            return False
        if self.label_before in FOR_A_PERSON:
            return True
        # Nobody was asked to look at it then, so only what they did of their own counts.
        return (
            self.conversation.status == ConversationStatus.CLOSED
            or self.conversation.answers.filter(created_at__gte=self.inbound.received_at).exists()
        )

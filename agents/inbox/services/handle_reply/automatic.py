"""An automatic answer: they are away, have left, or their system says "received"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.inbox.classify.out_of_office import DEFAULT_ABSENCE
from agents.inbox.services.handle_reply.thread import label_thread
from agents.states import LeadStatus
from agents.suppression.services.stop import morning_of, move_lead, pause_sequence, stop_sequence

if TYPE_CHECKING:
    from agents.inbox.services.handle_reply.context import ReplyContext


def handle_auto_reply(context: ReplyContext) -> None:
    """A receipt means nothing; "no longer works here" ends the sequence and is shown."""
    if not context.classification.is_person_gone:
        return
    stop_sequence(
        lead=context.lead,
        code="gone",
        sentence="The person no longer works there.",
        now=context.now,
    )
    move_lead(context.lead, LeadStatus.CLOSED)
    label_thread(context)


def handle_absence(context: ReplyContext) -> None:
    """The sequence waits until the day after the absence, or for a week."""
    lead, received = context.lead, context.inbound.received_at
    day = context.classification.resume_on or (received + DEFAULT_ABSENCE).date()
    until = morning_of(day, lead=lead, received_at=received)
    sentence = f"Out of office. The next email waits until {day:%B} {day.day}."
    pause_sequence(lead=lead, until=until, sentence=sentence, now=context.now)
    if not context.conversation.last_reply_at:
        label_thread(context)

"""A person wrote: the sequence ends, and the customer answers or is reminded later."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from agents.inbox.services.handle_reply.thread import label_thread, move_thread
from agents.inbox.services.notifications import notify_of_reply
from agents.leads.services.qualify import qualify_lead
from agents.states import ConversationStatus, LeadStatus
from agents.suppression.services.stop import morning_of, move_lead, stop_sequence
from agents.work.services.tasks import create_task

if TYPE_CHECKING:
    from agents.inbox.services.handle_reply.context import ReplyContext

DEFAULT_LATER = timedelta(days=90)


def handle_for_a_person(context: ReplyContext) -> None:
    """A question, somebody else's name, or nothing that we understand: a person answers."""
    _record_reply(context, is_awaiting=True)
    notify_of_reply(context.inbound, conversation=context.conversation, now=context.now)


def handle_interest(context: ReplyContext) -> None:
    """Qualified; the customer is notified at once and a suggested reply is drafted."""
    _record_reply(context, is_awaiting=True)
    lead = context.lead
    qualify_lead(lead=lead, now=context.now, by="a reply")
    create_task(
        customer=lead.customer,
        kind="reply_draft",
        dedupe_key=f"inbound:{context.inbound.pk}",
        lead=lead,
        now=context.now,
    )
    notify_of_reply(context.inbound, conversation=context.conversation, now=context.now)


def handle_not_now(context: ReplyContext) -> None:
    """The agents do not write again; a person is reminded on the day they named."""
    received = context.inbound.received_at
    day = context.classification.resume_on or (received + DEFAULT_LATER).date()
    _record_reply(context, is_awaiting=False)
    if context.is_newest or context.conversation.last_reply_at == received:
        resume_at = morning_of(day, lead=context.lead, received_at=received)
        label_thread(context, resume_at=resume_at)


def handle_no(context: ReplyContext) -> None:
    """The lead is closed, and nobody has to answer."""
    _record_reply(context, is_awaiting=False)
    move_lead(context.lead, LeadStatus.CLOSED)


def _record_reply(context: ReplyContext, *, is_awaiting: bool) -> None:
    """The sequence ends before the next claim, and the thread says who has to answer.

    Reading the mail once more does not ask again for an answer that was given, and does
    not open what somebody has closed.
    """
    lead, received = context.lead, context.inbound.received_at
    stop_sequence(lead=lead, code="replied", sentence="They replied.", now=context.now)
    move_lead(lead, LeadStatus.REPLIED, replied_at=max(lead.replied_at or received, received))
    fields: dict[str, object] = {}
    if context.is_newest:
        fields = {"is_awaiting_answer": is_awaiting, "last_reply_at": received, "resume_at": None}
        if context.is_dealt_with:
            fields["is_awaiting_answer"] = False
    label_thread(context, **fields)
    if context.is_first_reading and context.conversation.status == ConversationStatus.CLOSED:
        move_thread(context, ConversationStatus.OPEN)

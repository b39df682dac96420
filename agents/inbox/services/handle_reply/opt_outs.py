"""Somebody asks for no more mail, or calls it spam: nobody writes to them again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.inbox.services.handle_reply.thread import label_thread, move_thread
from agents.states import ConversationStatus, LeadStatus, SuppressionKind, SuppressionReason
from agents.suppression.services.stop import move_lead, stop_sequence
from agents.suppression.services.suppress import suppress

if TYPE_CHECKING:
    from agents.inbox.services.handle_reply.context import ReplyContext


def handle_opt_out(context: ReplyContext) -> None:
    """Close the lead and suppress its address, and the one that the mail came from."""
    _end_for_good(context, SuppressionReason.OPT_OUT)


def handle_complaint(context: ReplyContext) -> None:
    """As an opt-out; a report of somebody else's proves nothing about its own sender."""
    _end_for_good(context, SuppressionReason.COMPLAINT)


def _end_for_good(context: ReplyContext, reason: SuppressionReason) -> None:
    lead = context.lead
    stop_sequence(lead=lead, code="opt_out", sentence="They opted out.", now=context.now)
    for address in dict.fromkeys([lead.email, context.mail.from_address]):
        if context.classification.report is None or address == lead.email:
            suppress_address(context, address, reason)
    lead.refresh_from_db()
    move_lead(lead, LeadStatus.UNSUBSCRIBED)
    label_thread(context, is_awaiting_answer=False, resume_at=None)
    move_thread(context, ConversationStatus.CLOSED)


def suppress_address(context: ReplyContext, address: str, reason: SuppressionReason) -> None:
    """For every customer: a dead address is dead for all, an opt-out counts everywhere."""
    if "@" in address:
        suppress(
            kind=SuppressionKind.ADDRESS,
            value=address,
            reason=reason,
            now=context.now,
            note=f"Received email {context.inbound.pk}",
        )

"""A mail system reports: the address is dead, or it was only late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.inbox.services.handle_reply.opt_outs import suppress_address
from agents.inbox.services.handle_reply.thread import label_thread
from agents.models import InboundMessage
from agents.states import LeadStatus, ReplyLabel, SuppressionReason
from agents.suppression.services.stop import move_lead, stop_sequence

if TYPE_CHECKING:
    from agents.inbox.services.handle_reply.context import ReplyContext

# So many temporary failures of one address, with nothing delivered, count as a bounce.
SOFT_BOUNCE_LIMIT = 5
# Codes by which a server refuses us and not the address (RFC 3463).
_REPUTATION = "5.7."
_TEMPORARY = "4."


def handle_bounce(context: ReplyContext) -> None:
    """The sequence ends; the address is suppressed unless the server only refused us."""
    lead, status = context.lead, context.inbound.status_code
    stop_sequence(
        lead=lead, code="bounced", sentence=f"The address bounced ({status}).", now=context.now
    )
    if status.startswith(_REPUTATION):
        # Nothing is known about the person.
        move_lead(lead, LeadStatus.EMAIL_FAILED)
    else:
        move_lead(lead, LeadStatus.BOUNCED)
        suppress_address(context, lead.email, SuppressionReason.HARD_BOUNCE)
    label_thread(context)


def handle_delay(context: ReplyContext) -> None:
    """A delay changes nothing; the fifth temporary failure of an address is a bounce."""
    lead = context.lead
    earlier = InboundMessage.objects.filter(
        label=ReplyLabel.DELAY, conversation__lead__email_key=lead.email_key
    ).exclude(pk=context.inbound.pk)
    if not context.inbound.status_code.startswith(_TEMPORARY):
        return
    if earlier.count() + 1 >= SOFT_BOUNCE_LIMIT:
        stop_sequence(
            lead=lead,
            code="soft_bounces",
            sentence=f"{SOFT_BOUNCE_LIMIT} emails to this address could not be delivered.",
            now=context.now,
        )
        move_lead(lead, LeadStatus.BOUNCED)
        suppress_address(context, lead.email, SuppressionReason.SOFT_BOUNCES)

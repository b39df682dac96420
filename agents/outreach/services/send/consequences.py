"""What a server's answer means beyond its email: for all sending, or for the address."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from agents.mailboxes.services.transports import SendOutcome
from agents.mode import get_sender_address
from agents.outreach.services import breakers
from agents.outreach.services.delivery import DeliveryReport, record_event
from agents.outreach.services.send.limits import rest_mailbox
from agents.states import DeliveryKind

if TYPE_CHECKING:
    from datetime import datetime

    from agents.mailboxes.services.transports import SendResult
    from agents.models import Message

# The provider's day is used up; nobody knows when its day ends.
QUOTA_REST = timedelta(hours=6)
# Nobody answers: each further email would only use up a slot of the hour.
UNREACHABLE_REST = timedelta(minutes=10)
_RESTS = {SendOutcome.QUOTA: QUOTA_REST, SendOutcome.UNREACHABLE: UNREACHABLE_REST}
# Bad mailbox, bad system, moved, null MX (RFC 3463, 7505): the address is dead.
NO_SUCH_ADDRESS = ("5.1.1", "5.1.2", "5.1.6", "5.1.10")


def apply_consequences(message: Message, result: SendResult, *, now: datetime) -> None:
    """Trip a breaker, rest the mailbox, or list the address, as the answer asks for."""
    breakers.trip_for_outcome(outcome=result.outcome, error=result.error or "", now=now)
    if rest := _RESTS.get(result.outcome):
        rest_mailbox(address=get_sender_address(), until=now + rest)
    if result.outcome is SendOutcome.REJECTED and result.status.startswith(NO_SUCH_ADDRESS):
        report = DeliveryReport(
            source="smtp",
            external_id=message.message_id,
            kind=DeliveryKind.BOUNCED,
            email=message.lead.email,
            at=now,
            detail=result.error or "",
            status=result.status,
        )
        record_event(report, message=message, now=now)

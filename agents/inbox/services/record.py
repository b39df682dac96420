"""Writing down what was read in a mail; it is pending no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agents.models import InboundMessage
from agents.states import InboundStatus

if TYPE_CHECKING:
    from datetime import datetime

    from agents.inbox.services.matching import Match
    from agents.inbox.services.read import Reading


def record_matched(
    inbound: InboundMessage, *, reading: Reading, match: Match, now: datetime
) -> None:
    """The mail belongs to a conversation, and so to its customer."""
    _record(
        inbound,
        reading=reading,
        now=now,
        status=InboundStatus.PROCESSED,
        customer_id=match.conversation.customer_id,
        conversation=match.conversation,
        message=match.message,
        matched_by=match.by,
    )


def record_unmatched(
    inbound: InboundMessage, *, reading: Reading, owner_id: int | None, now: datetime
) -> None:
    """The mail belongs to no conversation yet; `owner_id` is the customer who may say."""
    _record(
        inbound,
        reading=reading,
        now=now,
        status=InboundStatus.UNMATCHED,
        customer_id=owner_id,
        conversation=None,
        message=None,
        matched_by="",
    )


def _record(
    inbound: InboundMessage,
    *,
    reading: Reading,
    now: datetime,
    status: InboundStatus,
    **belongs_to: Any,
) -> None:
    mail, found = reading.mail, reading.classification
    InboundMessage.objects.filter(pk=inbound.pk).move(
        source=InboundStatus.PENDING,
        target=status,
        classifier_version=found.version,
        label=found.label,
        confidence=found.confidence,
        from_address=mail.from_address,
        from_name=mail.from_name,
        subject=mail.subject,
        status_code=found.report.status if found.report else "",
        resume_on=found.resume_on,
        text=found.text,
        processed_at=now,
        due_at=None,
        error="",
        **belongs_to,
    )
    inbound.refresh_from_db()

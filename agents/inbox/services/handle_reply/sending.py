"""What a reply says about our own mail: that it arrived, bounced or was complained about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.models import Message
from agents.outreach.services.contacted import mark_contacted
from agents.outreach.services.delivery import DeliveryReport, record_event
from agents.states import DeliveryKind, MessageMode, MessageStatus, ReplyLabel

if TYPE_CHECKING:
    from agents.inbox.services.handle_reply.context import ReplyContext

_DELIVERY_KINDS = {
    ReplyLabel.BOUNCE: DeliveryKind.BOUNCED,
    ReplyLabel.DELAY: DeliveryKind.DEFERRED,
    ReplyLabel.COMPLAINT: DeliveryKind.COMPLAINED,
}


def resolve_unknown_send(context: ReplyContext) -> None:
    """Whoever answers, returns or reports a mail proves that it was accepted."""
    message = context.message
    if message is not None and Message.objects.filter(pk=message.pk).move(
        source=MessageStatus.UNKNOWN, target=MessageStatus.SENT, finished_at=context.now
    ):
        mark_contacted(message, now=context.now)
        context.lead.refresh_from_db()


def record_delivery(context: ReplyContext) -> None:
    """Tell the breakers and the ramp: a bounce after "250 OK" is seen only here."""
    message, report = context.message, context.classification.report
    kind = _DELIVERY_KINDS.get(context.classification.label)
    if message is None or kind is None or message.mode != MessageMode.LIVE:
        return
    delivery = DeliveryReport(
        source="inbound",
        external_id=str(context.inbound.pk),
        kind=kind,
        email=context.lead.email,
        at=context.inbound.received_at,
        detail=f"{report.status} {report.diagnostic}".strip() if report else "in a reply",
        status=report.status if report else "",
    )
    record_event(delivery, message=message, now=context.now)
    context.lead.refresh_from_db()

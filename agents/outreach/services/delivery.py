"""What happens to mail after it left: one row per event, then the consequences.

The same event twice, or two in the wrong order, end in the same rows: the event is unique
by its source's own id, and every consequence is idempotent.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from accounts.models import Customer
from accounts.services import audit
from accounts.states import AuditAction
from agents.models import DailyQuota, DeliveryEvent, Message
from agents.outreach.selectors.gather import known_zone
from agents.outreach.services import breakers
from agents.outreach.services.contacted import mark_contacted
from agents.states import (
    DeliveryKind,
    MessageMode,
    MessageStatus,
    QuotaMode,
    SuppressionKind,
    SuppressionReason,
)
from agents.suppression.services.suppress import cancel_open_messages, suppress
from hossagent.lib.calendars import local_day

if TYPE_CHECKING:
    from datetime import datetime

logger = logging.getLogger("agents.email")

# The strongest word stands when several events speak of one mail.
_RANK = [
    "",
    DeliveryKind.DEFERRED,
    DeliveryKind.SOFT_BOUNCED,
    DeliveryKind.DELIVERED,
    DeliveryKind.DROPPED,
    DeliveryKind.BOUNCED,
    DeliveryKind.UNSUBSCRIBED,
    DeliveryKind.COMPLAINED,
]
_SUPPRESSES = {
    DeliveryKind.BOUNCED: SuppressionReason.HARD_BOUNCE,
    DeliveryKind.COMPLAINED: SuppressionReason.COMPLAINT,
    DeliveryKind.UNSUBSCRIBED: SuppressionReason.OPT_OUT,
}
# Days on which these came back do not count as clean for the ramp.
_PUSH_BACKS = (DeliveryKind.BOUNCED, DeliveryKind.COMPLAINED)
# A provider that dropped the mail never handed it to anybody.
_PROVES_ACCEPTED = tuple(kind for kind in DeliveryKind if kind != DeliveryKind.DROPPED)


def find_message(*, message_pk: int | None = None, message_id: str = "") -> Message | None:
    """The live mail that an event speaks of, by our key or by its Message-ID.

    Both must belong together when both are given: ids can be forged.
    """
    if not message_id and not message_pk:
        return None
    wanted = Q(mode=MessageMode.LIVE, sending_at__isnull=False)
    if message_pk:
        wanted &= Q(pk=message_pk)
    if message_id:
        wanted &= Q(message_id=message_id if message_id.startswith("<") else f"<{message_id}>")
    return Message.objects.filter(wanted).select_related("lead", "customer").first()


def record_event(
    *,
    source: str,
    external_id: str,
    kind: DeliveryKind,
    message: Message | None,
    email: str,
    at: datetime,
    now: datetime,
    detail: str = "",
    status: str = "",
) -> bool:
    """Store one event and draw its consequences, all in one transaction; False when it
    was known already.

    `status` is the enhanced status code when there is one: a bounce on reputation
    (5.7.x) says something about us and nothing about the address.
    """
    with transaction.atomic():
        if message is not None:
            Customer.objects.lock(message.customer_id)
        try:
            with transaction.atomic():
                DeliveryEvent.objects.create(
                    source=source,
                    external_id=external_id[:200],
                    kind=kind,
                    message=message,
                    email=email[:254],
                    detail=detail[:500],
                    at=at,
                    received_at=now,
                )
        except IntegrityError:
            return False
        _conclude(kind, message=message, email=email, status=status, detail=detail, at=at, now=now)
    logger.info(
        "[EMAIL][EVENT] kind=%s message=%s source=%s",
        kind,
        message.pk if message else None,
        source,
    )
    return True


def _conclude(
    kind: DeliveryKind,
    *,
    message: Message | None,
    email: str,
    status: str,
    detail: str,
    at: datetime,
    now: datetime,
) -> None:
    is_about_us = kind == DeliveryKind.BOUNCED and status.startswith("5.7.")
    if message is not None:
        _settle_unknown(message, kind=kind, now=now)
        if _RANK.index(kind) > _RANK.index(message.delivery):
            Message.objects.filter(pk=message.pk).update(delivery=kind, delivery_at=at)
            message.delivery = kind
    reason = _SUPPRESSES.get(kind)
    if reason is not None and not is_about_us:
        # An event names the address; a mail that we know names it better.
        suppress(
            kind=SuppressionKind.ADDRESS,
            value=message.lead.email if message is not None else email,
            reason=reason,
            now=now,
            note=detail,
        )
    if message is None:
        return
    if kind in _PUSH_BACKS:
        cancel_open_messages(
            lead_ids=[message.lead_id], code=kind, reason=f"An earlier email {kind}.", now=now
        )
        _count_push_back(message)
        breakers.check_rates(customer_id=message.customer_id, now=now)
    if is_about_us:
        breakers.trip(
            code="reputation",
            scope=breakers.ALL,
            sentence=breakers.ABOUT_US["reputation"],
            numbers={"answer": detail[:200]},
            now=now,
        )


def _settle_unknown(message: Message, *, kind: DeliveryKind, now: datetime) -> None:
    """Evidence settles what a crash left open; SENDING is left to its worker or sweeper."""
    target = MessageStatus.SENT if kind in _PROVES_ACCEPTED else MessageStatus.FAILED
    if (
        Message.objects.filter(pk=message.pk).move(
            source=MessageStatus.UNKNOWN, target=target, finished_at=now
        )
        and target == MessageStatus.SENT
    ):
        mark_contacted(message, speed=1, now=now)


def resolve_unknown(*, message: Message, was_sent: bool, by: str, now: datetime) -> bool:
    """An operator's word on an UNKNOWN mail: it left, or it did not. Never sends it again."""
    target = MessageStatus.SENT if was_sent else MessageStatus.FAILED
    with transaction.atomic():
        Customer.objects.lock(message.customer_id)
        if not Message.objects.filter(pk=message.pk).move(
            source=MessageStatus.UNKNOWN, target=target, finished_at=now
        ):
            return False
        if was_sent:
            mark_contacted(message, speed=1, now=now)
        audit.record(
            AuditAction.MESSAGE_RESOLVED,
            at=now,
            actor=by,
            customer_id=message.customer_id,
            subject=message,
            change=audit.Change(before={"status": "unknown"}, after={"status": str(target)}),
        )
    return True


def _count_push_back(message: Message) -> None:
    """Against the customer's day that counted the mail."""
    assert message.sending_at is not None, "what came back had left"
    zone = known_zone(message.customer.timezone)
    DailyQuota.objects.filter(
        customer_id=message.customer_id,
        mode=QuotaMode.LIVE,
        day=message.counted_on or local_day(message.sending_at, zone),
    ).update(push_backs=F("push_backs") + 1)

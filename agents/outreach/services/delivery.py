"""What happens to an email after it left: one row per event, then the consequences.

The same event twice, or two in the wrong order, end in the same rows: the event is unique
by its source's own id, and every consequence is idempotent.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from accounts.models import Customer
from accounts.services import audit
from accounts.states import AuditAction
from agents.models import DailyQuota, DeliveryEvent, Message
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
from hossagent.lib.calendars import known_zone, local_day

logger = logging.getLogger("agents.email")

# The strongest word stands when several events speak of one email.
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
# Days on which these came back are not clean for the warm-up.
_NEGATIVE_SIGNALS = (DeliveryKind.BOUNCED, DeliveryKind.COMPLAINED)
# A provider that dropped the email never handed it to anybody.
_PROVES_ACCEPTED = tuple(kind for kind in DeliveryKind if kind != DeliveryKind.DROPPED)


def find_message(*, message_pk: int | None = None, message_id: str = "") -> Message | None:
    """The live email that an event speaks of, by our key or by its Message-ID.

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


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What a provider or a server says about one email, under its own id for the event.

    `status` is the enhanced status code when there is one: a bounce on reputation (5.7.x)
    says something about us and nothing about the address.
    """

    source: str
    external_id: str
    kind: DeliveryKind
    email: str
    at: datetime
    detail: str = ""
    status: str = ""

    @property
    def is_about_us(self) -> bool:
        return self.kind == DeliveryKind.BOUNCED and self.status.startswith("5.7.")


def record_event(report: DeliveryReport, *, message: Message | None, now: datetime) -> bool:
    """Store one event and draw its consequences, all in one transaction; False when it was
    known already. `message` is the email that it speaks of, when that is one of ours."""
    with transaction.atomic():
        if message is not None:
            Customer.objects.lock(message.customer_id)
        try:
            with transaction.atomic():
                DeliveryEvent.objects.create(
                    source=report.source,
                    external_id=report.external_id[:200],
                    kind=report.kind,
                    message=message,
                    email=report.email[:254],
                    detail=report.detail[:500],
                    at=report.at,
                    received_at=now,
                )
        except IntegrityError:
            return False
        if message is not None:
            _record_on_message(report, message=message, now=now)
        _list_address(report, message=message, now=now)
        if message is not None:
            _count_signals(report, message=message, now=now)
    logger.info(
        "[EMAIL][EVENT] kind=%s message=%s source=%s",
        report.kind,
        message.pk if message else None,
        report.source,
    )
    return True


def _record_on_message(report: DeliveryReport, *, message: Message, now: datetime) -> None:
    _resolve_by_evidence(message, kind=report.kind, now=now)
    if _RANK.index(report.kind) > _RANK.index(message.delivery):
        Message.objects.filter(pk=message.pk).update(delivery=report.kind, delivery_at=report.at)
        message.delivery = report.kind


def _list_address(report: DeliveryReport, *, message: Message | None, now: datetime) -> None:
    """Put the address on the do-not-contact list, when the event says so."""
    reason = _SUPPRESSES.get(report.kind)
    if reason is None or report.is_about_us:
        return
    # An event names the address; an email that we know names it better.
    suppress(
        kind=SuppressionKind.ADDRESS,
        value=message.lead.email if message is not None else report.email,
        reason=reason,
        now=now,
        note=report.detail,
    )


def _count_signals(report: DeliveryReport, *, message: Message, now: datetime) -> None:
    """Against the sequence, the day and the breakers."""
    if report.kind in _NEGATIVE_SIGNALS:
        cancel_open_messages(
            lead_ids=[message.lead_id],
            code=report.kind,
            reason=f"An earlier email {report.kind}.",
            now=now,
        )
        _count_on_day(message)
        breakers.check_rates(customer_id=message.customer_id, now=now)
    if report.is_about_us:
        breakers.trip(
            code="reputation",
            scope=breakers.ALL,
            sentence=breakers.ABOUT_US["reputation"],
            numbers={"answer": report.detail[:200]},
            now=now,
        )


def _resolve_by_evidence(message: Message, *, kind: DeliveryKind, now: datetime) -> None:
    """Evidence resolves what a crash left open; SENDING is left to its worker or sweeper."""
    target = MessageStatus.SENT if kind in _PROVES_ACCEPTED else MessageStatus.FAILED
    if (
        Message.objects.filter(pk=message.pk).move(
            source=MessageStatus.UNKNOWN, target=target, finished_at=now
        )
        and target == MessageStatus.SENT
    ):
        mark_contacted(message, now=now)


def resolve_unknown(*, message: Message, was_sent: bool, by: str, now: datetime) -> bool:
    """An operator's word on an UNKNOWN email: it left, or it did not. Never sends it again.

    False when it is no longer UNKNOWN.
    """
    target = MessageStatus.SENT if was_sent else MessageStatus.FAILED
    with transaction.atomic():
        Customer.objects.lock(message.customer_id)
        if not Message.objects.filter(pk=message.pk).move(
            source=MessageStatus.UNKNOWN, target=target, finished_at=now
        ):
            return False
        if was_sent:
            mark_contacted(message, now=now)
        audit.record(
            AuditAction.MESSAGE_RESOLVED,
            at=now,
            actor=by,
            customer_id=message.customer_id,
            subject=message,
            change=audit.Change(before={"status": "unknown"}, after={"status": str(target)}),
        )
    return True


def _count_on_day(message: Message) -> None:
    """Against the customer's day that counted the email."""
    assert message.sending_at is not None, "what came back had left"
    zone = known_zone(message.customer.timezone)
    DailyQuota.objects.filter(
        customer_id=message.customer_id,
        mode=QuotaMode.LIVE,
        day=message.counted_on or local_day(message.sending_at, zone),
    ).update(push_backs=F("push_backs") + 1)

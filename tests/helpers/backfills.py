"""Emails as they were before their day was written down, and a backfill that fills it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from agents.models import Backfill, DailyQuota, Message
from agents.states import MessageMode, MessageStatus, QuotaMode
from tests.conftest import NOON
from tests.factories import LeadFactory, MessageFactory

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer

NAME = "message_counted_on"
# Still the third of March in California, and the fourth in UTC.
LATE = NOON.replace(hour=5)


def old_email(
    customer: Customer, *, status: MessageStatus = MessageStatus.SENT, at: datetime = LATE
) -> Message:
    """One that left when no day was written down, and its slot in the day's counter."""
    in_flight = status == MessageStatus.SENDING
    message = MessageFactory.create(
        lead=LeadFactory.create(customer=customer),
        mode=MessageMode.LIVE,
        status=status,
        sending_at=at,
        finished_at=None if in_flight else at,
        due_at=NOON if in_flight else None,
        message_id=f"<{Message.objects.count()}@hossagent.test>",
    )
    quota, _ = DailyQuota.objects.get_or_create(
        customer=customer, day=LATE.date() - timedelta(days=1), mode=QuotaMode.LIVE
    )
    DailyQuota.objects.filter(pk=quota.pk).update(used=quota.used + 1, limit=100)
    return message


def start(name: str = NAME) -> Backfill:
    """The backfill as its migration starts it where there are rows."""
    Backfill.objects.filter(name=name).delete()
    return Backfill.objects.create(name=name, due_at=NOON, started_at=NOON, resumed_at=NOON)

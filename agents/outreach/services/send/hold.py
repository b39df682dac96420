"""What happens to a message that the gate holds: it keeps the reason and leaves the due set."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from agents.models import Lead, Message
from agents.outreach.gate import THROTTLES
from agents.outreach.services.send.attempts import Attempt, log_attempts
from agents.outreach.services.send.limits import jitter
from agents.states import (
    LEAD_OPEN_TO_OUTREACH,
    AttemptOutcome,
    HoldCode,
    LeadStatus,
    MessageMode,
    MessageStatus,
)
from hossagent.lib.calendars import hour_of

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer
    from agents.outreach.gate import Hold, SendFacts

logger = logging.getLogger("agents.email")


def record_hold(message: Message, *, hold: Hold, facts: SendFacts) -> None:
    """Write down why a CLAIMED row may not leave: until `next_look`, or for good.

    The same reason twice in a row is one attempt in the log, however often it is asked.
    """
    is_news = message.held_code != hold.code
    if hold.next_look is None:
        _cancel(message, hold=hold, now=facts.now)
    else:
        # Fresh jitter, so that what waited for the same moment does not leave in a burst.
        _reschedule(message, hold=hold, due_at=hold.next_look + jitter(), now=facts.now)
    if is_news:
        _log(message, hold=hold, facts=facts)


def _reschedule(message: Message, *, hold: Hold, due_at: datetime, now: datetime) -> None:
    rows = Message.objects.filter(pk=message.pk, fence=message.fence)
    rows.move(
        source=MessageStatus.CLAIMED,
        target=MessageStatus.QUEUED,
        due_at=due_at,
        held_code=hold.code,
        held_reason=hold.sentence[:300],
    )
    if hold.code == HoldCode.NEEDS_APPROVAL:
        # Back to where BizDev asks for it.
        rows.move(source=MessageStatus.QUEUED, target=MessageStatus.PLANNED, due_at=now)


def _cancel(message: Message, *, hold: Hold, now: datetime) -> None:
    Message.objects.filter(pk=message.pk, fence=message.fence).move(
        source=MessageStatus.CLAIMED,
        target=MessageStatus.CANCELED,
        due_at=None,
        finished_at=now,
        held_code=hold.code,
        held_reason=hold.sentence[:300],
    )
    leads = Lead.objects.filter(pk=message.lead_id)
    if hold.code == HoldCode.MODE_CHANGED:
        leads.filter(status__in=LEAD_OPEN_TO_OUTREACH).update(next_action_at=now)
    elif hold.code == HoldCode.SUPPRESSED:
        for status in LEAD_OPEN_TO_OUTREACH:
            leads.move(source=status, target=LeadStatus.CLOSED, next_action_at=None)
    else:
        leads.update(next_action_at=None)


def _log(message: Message, *, hold: Hold, facts: SendFacts) -> None:
    is_throttle = hold.code in THROTTLES
    if hold.code == HoldCode.HOURLY_CAP:
        logger.info(
            "[EMAIL][THROTTLED] hour=%s count=%s limit=%s",
            hour_of(facts.now).strftime("%Y-%m-%dT%H:00Z"),
            facts.limits.hour_used,
            facts.limits.hour_limit,
        )
    else:
        logger.info(
            "[EMAIL][%s] lead_id=%s code=%s reason=%s",
            "THROTTLED" if is_throttle else "REFUSED",
            message.lead_id,
            hold.code,
            hold.sentence,
        )
    outcome = AttemptOutcome.THROTTLED if is_throttle else AttemptOutcome.REFUSED
    is_dry_run = message.mode == MessageMode.DRY_RUN
    mode = "DRY_RUN" if is_dry_run else str(settings.CONFIG.EMAIL_MODE)
    log_attempts([Attempt(message, outcome, mode, hold.code, hold.sentence)], now=facts.now)


def reschedule_held(*, code: HoldCode, now: datetime, customer: Customer | None = None) -> int:
    """Make the queued messages that `code` holds (one customer's, or everybody's) due now:
    what held them is over. Returns how many.

    Rows that a worker has claimed are left to it. What the gate still holds waits again.
    """
    held = Message.objects.filter(status=MessageStatus.QUEUED, held_code=code)
    if customer is not None:
        held = held.filter(customer=customer)
    with transaction.atomic():
        # Locked first, without waiting: others lock several rows of a customer in their order.
        mine = list(held.select_for_update(skip_locked=True).values_list("pk", flat=True))
        rows = Message.objects.filter(pk__among=mine)
        return int(rows.update(due_at=now, held_code="", held_reason=""))

"""Messages that a worker left behind when it stopped: taken from it, one by one."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F

from accounts.models import Customer
from agents.models import Lead, Message
from agents.outreach.services.send.attempts import Attempt, log_attempts
from agents.states import AttemptOutcome, MessageStatus

if TYPE_CHECKING:
    from datetime import datetime

logger = logging.getLogger("agents.email")

_MAY_HAVE_LEFT = "The worker stopped before the result was recorded. The email may have been sent."


def sweep_next(*, now: datetime) -> bool:
    """Take one row from a worker that is gone; False when there is none.

    A lease that ran out is released: nothing had left. A send without a result is UNKNOWN:
    it may have left, so only evidence or a person resolves it.
    """
    return _sweep_claimed(now=now) or _sweep_sending(now=now)


def _sweep_claimed(*, now: datetime) -> bool:
    over = Message.objects.filter(status=MessageStatus.CLAIMED, due_at__lte=now)
    pk = over.values_list("pk", flat=True).first()
    if pk is None:
        return False
    over.filter(pk=pk).move(
        source=MessageStatus.CLAIMED,
        target=MessageStatus.QUEUED,
        due_at=now,
        fence=F("fence") + 1,
    )
    return True


def _sweep_sending(*, now: datetime) -> bool:
    over = Message.objects.filter(status=MessageStatus.SENDING, due_at__lte=now)
    message = over.select_related("lead").first()
    if message is None:
        return False
    with transaction.atomic():
        Customer.objects.lock(message.customer_id)
        if over.filter(pk=message.pk).move(
            source=MessageStatus.SENDING,
            target=MessageStatus.UNKNOWN,
            due_at=None,
            finished_at=now,
            error=_MAY_HAVE_LEFT,
        ):
            Lead.objects.filter(pk=message.lead_id).update(next_action_at=None)
            unknown = AttemptOutcome.UNKNOWN
            attempt = Attempt(message, unknown, message.transport, "crash", _MAY_HAVE_LEFT)
            log_attempts([attempt], now=now)
            logger.warning("[EMAIL][UNKNOWN] lead_id=%s message=%s", message.lead_id, message.pk)
    return True

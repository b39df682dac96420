"""What happens to a row that the gate refuses: it keeps the reason and leaves the due set."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from agents.models import Lead, Message, SendAttempt
from agents.outreach.gate import THROTTLES
from agents.outreach.services.send.limits import jitter
from agents.states import (
    LEAD_OPEN_TO_OUTREACH,
    AttemptOutcome,
    LeadStatus,
    MessageMode,
    MessageStatus,
)
from hossagent.lib.bulk import insert_ignoring_conflicts
from hossagent.lib.calendars import hour_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from accounts.models import Customer
    from agents.outreach.gate import Hold, SendFacts

logger = logging.getLogger("agents.email")


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the attempt log keeps of one message's try; it comes with its lead loaded."""

    message: Message
    outcome: AttemptOutcome
    mode: str
    code: str = ""
    detail: str = ""


def log_attempts(attempts: Sequence[Attempt], *, now: datetime) -> None:
    """Write them down, in their order, in one statement however many there are."""
    messages = [attempt.message for attempt in attempts]
    insert_ignoring_conflicts(
        SendAttempt,
        constants={"at": now},
        columns={
            "customer_id": [message.customer_id for message in messages],
            "message_pk": [message.pk for message in messages],
            "lead_id": [message.lead_id for message in messages],
            "email": [message.lead.email for message in messages],
            "subject": [message.subject for message in messages],
            "mode": [attempt.mode for attempt in attempts],
            "outcome": [attempt.outcome.value for attempt in attempts],
            "code": [str(attempt.code) for attempt in attempts],
            "detail": [attempt.detail[:500] for attempt in attempts],
        },
        returning=(),
    )


def mode_name(message: Message) -> str:
    """DRY_RUN, SENDGRID or SMTP: what the log says."""
    if message.mode == MessageMode.DRY_RUN:
        return "DRY_RUN"
    return str(settings.CONFIG.EMAIL_MODE)


def reschedule_held(*, code: str, now: datetime, customer: Customer | None = None) -> int:
    """Make the queued mails that `code` holds (one customer's, or everybody's) due now: what
    held them is over. The number.

    Rows that a worker has in hand are left to it. What the gate still refuses waits again.
    """
    held = Message.objects.filter(status=MessageStatus.QUEUED, held_code=code)
    if customer is not None:
        held = held.filter(customer=customer)
    with transaction.atomic():
        # Locked first, without waiting: others lock several rows of a customer in their order.
        mine = list(held.select_for_update(skip_locked=True).values_list("pk", flat=True))
        rows = Message.objects.filter(pk__among=mine)
        return int(rows.update(due_at=now, held_code="", held_reason=""))


def refuse(message: Message, *, refusal: Hold, facts: SendFacts) -> None:
    """Put a CLAIMED row away, with the reason: until `next_look`, or for good.

    The same reason twice in a row is one attempt in the log, however often it is asked.
    """
    is_news = message.held_code != refusal.code
    reason = refusal.sentence[:300]
    if refusal.is_final:
        _cancel(message, refusal=refusal, reason=reason, now=facts.now)
    else:
        _hold(message, refusal=refusal, reason=reason, now=facts.now)
    if is_news:
        _log(message, refusal=refusal, facts=facts)


def _hold(message: Message, *, refusal: Hold, reason: str, now: datetime) -> None:
    assert refusal.next_look is not None
    rows = Message.objects.filter(pk=message.pk, fence=message.fence)
    rows.move(
        source=MessageStatus.CLAIMED,
        target=MessageStatus.QUEUED,
        # Fresh jitter, so that what waited for the same moment does not leave in a burst.
        due_at=refusal.next_look + jitter(),
        held_code=refusal.code,
        held_reason=reason,
    )
    if refusal.code == "needs_approval":
        # Back to where BizDev asks for it.
        rows.move(source=MessageStatus.QUEUED, target=MessageStatus.PLANNED, due_at=now)


def _cancel(message: Message, *, refusal: Hold, reason: str, now: datetime) -> None:
    Message.objects.filter(pk=message.pk, fence=message.fence).move(
        source=MessageStatus.CLAIMED,
        target=MessageStatus.CANCELED,
        due_at=None,
        finished_at=now,
        held_code=refusal.code,
        held_reason=reason,
    )
    leads = Lead.objects.filter(pk=message.lead_id)
    if refusal.code == "mode_changed":
        leads.filter(status__in=LEAD_OPEN_TO_OUTREACH).update(next_action_at=now)
    elif refusal.code == "suppressed":
        for status in LEAD_OPEN_TO_OUTREACH:
            leads.move(source=status, target=LeadStatus.CLOSED, next_action_at=None)
    else:
        leads.update(next_action_at=None)


def _log(message: Message, *, refusal: Hold, facts: SendFacts) -> None:
    is_throttle = refusal.code in THROTTLES
    if refusal.code == "hourly_cap":
        logger.info(
            "[EMAIL][THROTTLED] hour=%s count=%s limit=%s",
            hour_of(facts.now).strftime("%Y-%m-%dT%H:00Z"),
            facts.hour_used,
            facts.hour_limit,
        )
    else:
        logger.info(
            "[EMAIL][%s] lead_id=%s code=%s reason=%s",
            "THROTTLED" if is_throttle else "REFUSED",
            message.lead_id,
            refusal.code,
            refusal.sentence,
        )
    outcome = AttemptOutcome.THROTTLED if is_throttle else AttemptOutcome.REFUSED
    log_attempts(
        [Attempt(message, outcome, mode_name(message), refusal.code, refusal.sentence)],
        now=facts.now,
    )

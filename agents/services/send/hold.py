"""What happens to a row that the gate refuses: it keeps the reason and leaves the due set."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.conf import settings

from agents.models import Lead, Message, SendAttempt
from agents.rules import THROTTLES
from agents.services.send.quotas import jitter
from agents.states import (
    LEAD_OPEN_TO_OUTREACH,
    AttemptOutcome,
    LeadStatus,
    MessageMode,
    MessageStatus,
)
from hossagent.lib.calendars import hour_of

if TYPE_CHECKING:
    from datetime import datetime

    from agents.rules import Facts, Refusal

logger = logging.getLogger("agents.email")


def attempt(
    message: Message, *, outcome: AttemptOutcome, mode: str, now: datetime, code: str, detail: str
) -> SendAttempt:
    """An unsaved row of the attempt log."""
    return SendAttempt(
        at=now,
        customer_id=message.customer_id,
        message_pk=message.pk,
        lead_id=message.lead_id,
        email=message.lead.email,
        subject=message.subject,
        mode=mode,
        outcome=outcome,
        code=code,
        detail=detail[:500],
    )


def mode_name(message: Message) -> str:
    """DRY_RUN, SENDGRID or SMTP: what the log says."""
    if message.mode == MessageMode.DRY_RUN:
        return "DRY_RUN"
    return str(settings.CONFIG.EMAIL_MODE)


def refuse(message: Message, *, refusal: Refusal, facts: Facts) -> None:
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


def _hold(message: Message, *, refusal: Refusal, reason: str, now: datetime) -> None:
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


def _cancel(message: Message, *, refusal: Refusal, reason: str, now: datetime) -> None:
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


def _log(message: Message, *, refusal: Refusal, facts: Facts) -> None:
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
    attempt(
        message,
        outcome=AttemptOutcome.THROTTLED if is_throttle else AttemptOutcome.REFUSED,
        mode=mode_name(message),
        now=facts.now,
        code=refusal.code,
        detail=refusal.sentence,
    ).save()

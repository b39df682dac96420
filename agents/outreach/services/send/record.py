"""What became of an email, in one transaction: its row, its lead, the attempt, the log."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from accounts.models import Customer
from agents.mailboxes.services.transports import NOT_ACCEPTED, SendOutcome
from agents.models import Lead, Message
from agents.outreach.services.contacted import mark_contacted
from agents.outreach.services.send.attempts import Attempt, log_attempts
from agents.outreach.services.send.batches import record_sent_together
from agents.outreach.services.send.consequences import apply_consequences
from agents.outreach.services.send.limits import jitter, uncount_day
from agents.states import AttemptOutcome, LeadStatus, MessageStatus
from hossagent.lib.text import single_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from agents.mailboxes.services.transports import SendResult

logger = logging.getLogger("agents.email")

# How often a step is offered to servers that say "later", and how long each time waits.
MAX_TRIES = 5
RETRY_AFTER = timedelta(minutes=15)


def record(results: Sequence[tuple[Message, SendResult]], *, now: datetime) -> None:
    """Commit what a transport said about SENDING rows of one customer.

    A row that a sweeper has made UNKNOWN meanwhile still learns its result.
    """
    if not results:
        return
    with transaction.atomic():
        Customer.objects.lock(results[0][0].customer_id)
        attempts = []
        recorded = record_sent_together(results, now=now)
        for message, result in results:
            if message.pk in recorded:
                _log_success(message, result)
                outcome = AttemptOutcome.SUCCESS
            else:
                outcome = _record_one(message, result, now=now)
            apply_consequences(message, result, now=now)
            code = result.outcome if result.error else ""
            attempts.append(Attempt(message, outcome, result.mode, code, result.error or ""))
        log_attempts(attempts, now=now)


def _record_one(message: Message, result: SendResult, *, now: datetime) -> AttemptOutcome:
    if result.success:
        _record_sent(message, result, now=now)
        return AttemptOutcome.SUCCESS
    outcome = AttemptOutcome.FAIL
    if result.outcome is SendOutcome.UNKNOWN:
        _record_unknown(message, result, now=now)
        outcome = AttemptOutcome.UNKNOWN
    elif result.outcome in NOT_ACCEPTED and _tries_after(message, result) < MAX_TRIES:
        _reschedule_step(message, result, now=now)
    else:
        _record_failed(message, result, now=now)
    _log_failure(message, result)
    return outcome


def _record_sent(message: Message, result: SendResult, *, now: datetime) -> None:
    if _finish(message, MessageStatus.SENT, now=now):
        mark_contacted(message, now=now)
        _log_success(message, result)


def _record_unknown(message: Message, result: SendResult, *, now: datetime) -> None:
    """It may have left, so its lead gets nothing more until that is resolved."""
    _finish(message, MessageStatus.UNKNOWN, now=now, error=result.error or "")
    Lead.objects.filter(pk=message.lead_id).update(next_action_at=None)


def _record_failed(message: Message, result: SendResult, *, now: datetime) -> None:
    if _finish(message, MessageStatus.FAILED, now=now, error=result.error or ""):
        for status in (LeadStatus.NEW, LeadStatus.CONTACTED):
            Lead.objects.filter(pk=message.lead_id).move(
                source=status, target=LeadStatus.EMAIL_FAILED, next_action_at=None
            )


def _reschedule_step(message: Message, result: SendResult, *, now: datetime) -> None:
    """No server has the email: this row ends, and a copy with an identity of its own waits."""
    if not _finish(message, MessageStatus.CANCELED, now=now, error=result.error or ""):
        return
    uncount_day(message)
    copy = Message.objects.get(pk=message.pk)
    copy.pk = None
    copy.status = MessageStatus.PLANNED
    copy.tries = _tries_after(message, result)
    copy.due_at = now + RETRY_AFTER * max(copy.tries, 1) + jitter()
    copy.fence = 0
    copy.message_id = copy.transport = copy.error = ""
    copy.sending_at = copy.finished_at = copy.counted_on = None
    copy.held_code, copy.held_reason = result.outcome, (result.error or "")[:300]
    copy.created_at = message.created_at
    copy.save(force_insert=True)
    Message.objects.filter(pk=copy.pk).move(
        source=MessageStatus.PLANNED, target=MessageStatus.QUEUED
    )


def _tries_after(message: Message, result: SendResult) -> int:
    """How often servers have said "later" to this step. What was not about the email does
    not count, or an evening without network would fail every lead that was due."""
    return message.tries + (result.outcome is SendOutcome.TRY_LATER)


def _finish(message: Message, target: MessageStatus, *, now: datetime, error: str = "") -> bool:
    """SENDING or, after a sweep, UNKNOWN → `target`; False when neither was true."""
    rows = Message.objects.filter(pk=message.pk)
    for source in (MessageStatus.SENDING, MessageStatus.UNKNOWN):
        if Message.transitions.allows(source, target) and rows.move(
            source=source, target=target, due_at=None, finished_at=now, error=error[:2_000]
        ):
            message.status = target
            return True
    return False


def _log_success(message: Message, result: SendResult) -> None:
    logger.info(
        "[EMAIL][SUCCESS][%s] lead_id=%s email=%s subject=%s",
        result.mode,
        message.lead_id,
        message.lead.email,
        single_line(message.subject),
    )


def _log_failure(message: Message, result: SendResult) -> None:
    logger.warning(
        "[EMAIL][FAIL][%s] lead_id=%s email=%s error=%s",
        result.mode,
        message.lead_id,
        message.lead.email,
        single_line(result.error or ""),
    )

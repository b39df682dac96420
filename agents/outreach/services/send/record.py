"""What became of a mail, in one transaction: its row, its lead, the attempt, the log."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.db.models import F

from accounts.models import Customer
from agents.mailboxes.services.transports import NOT_ACCEPTED, SendOutcome
from agents.mode import get_sender_address
from agents.models import Lead, Message, SandboxReaction
from agents.outreach.services import breakers
from agents.outreach.services.contacted import mark_contacted
from agents.outreach.services.delivery import record_event
from agents.outreach.services.send.hold import Attempt, log_attempts
from agents.outreach.services.send.limits import give_back_day, jitter, rest_mailbox
from agents.sequence import delay_before
from agents.states import AttemptOutcome, DeliveryKind, LeadStatus, MessageStatus
from hossagent.lib.text import single_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from agents.mailboxes.services.transports import SendResult
    from agents.outreach.gate import SendFacts
    from hossagent.lib.transitions import StateQuerySet

logger = logging.getLogger("agents.email")

# How often a step is offered to servers that say "later", and how long each time waits.
MAX_TRIES = 5
RETRY_AFTER = timedelta(minutes=15)
PREVIEW = 80
# The provider's day is used up; nobody knows when its day ends.
QUOTA_REST = timedelta(hours=6)
# Nobody answers: each further mail would only use up a slot of the hour.
UNREACHABLE_REST = timedelta(minutes=10)
_RESTS = {SendOutcome.QUOTA: QUOTA_REST, SendOutcome.UNREACHABLE: UNREACHABLE_REST}
# Bad mailbox, bad system, moved, null MX (RFC 3463, 7505): the address is dead.
_NO_SUCH_ADDRESS = ("5.1.1", "5.1.2", "5.1.6", "5.1.10")


def record_dry_runs(rows: Sequence[Message], *, facts: dict[int, SendFacts], now: datetime) -> None:
    """Record rows that would have left now. Called inside the claim's transaction.

    A real lead stays as it is: nobody wrote to it. A fictional one of the sandbox world
    counts as contacted, and waits for its persona to react.
    """
    for row in rows:
        Message.objects.filter(pk=row.pk, fence=row.fence).move(
            source=MessageStatus.CLAIMED,
            target=MessageStatus.DRY_RUN,
            message_id=row.message_id,
            transport="DRY_RUN",
            due_at=None,
            finished_at=now,
            held_code="",
            held_reason="",
        )
        row.status = MessageStatus.DRY_RUN
        if row.lead.is_fictional and settings.CONFIG.sandbox_world_on:
            mark_contacted(row, speed=facts[row.pk].speed, now=now)
            # The sandbox world pulls it and decides who answers, and when.
            SandboxReaction.objects.create(message=row, due_at=now)
        logger.info(
            "[EMAIL][DRY_RUN] lead_id=%s email=%s subject=%s preview=%s",
            row.lead_id,
            row.lead.email,
            single_line(row.subject),
            single_line(row.body, PREVIEW),
        )
    log_attempts([Attempt(row, AttemptOutcome.DRY_RUN, "DRY_RUN") for row in rows], now=now)


def record(results: Sequence[tuple[Message, SendResult]], *, now: datetime) -> None:
    """Commit what a transport said about SENDING rows of one customer.

    A row that a sweeper has made UNKNOWN meanwhile still learns its result.
    """
    if not results:
        return
    with transaction.atomic():
        Customer.objects.lock(results[0][0].customer_id)
        attempts = []
        sent = _settle_sent_together(results, now=now)
        for message, result in results:
            if message.pk in sent:
                _log_success(message, result)
                outcome = AttemptOutcome.SUCCESS
            else:
                outcome = _settle(message, result, now=now)
            _draw_conclusions(message, result, now=now)
            code = result.outcome if result.error else ""
            attempts.append(Attempt(message, outcome, result.mode, code, result.error or ""))
        log_attempts(attempts, now=now)


def _draw_conclusions(message: Message, result: SendResult, *, now: datetime) -> None:
    """What the answer says about the way out, or about the address."""
    breakers.trip_for_outcome(outcome=result.outcome, error=result.error or "", now=now)
    if rest := _RESTS.get(result.outcome):
        rest_mailbox(address=get_sender_address(), until=now + rest)
    if result.outcome is SendOutcome.REJECTED and result.status.startswith(_NO_SUCH_ADDRESS):
        record_event(
            source="smtp",
            external_id=message.message_id,
            kind=DeliveryKind.BOUNCED,
            message=message,
            email=message.lead.email,
            at=now,
            now=now,
            detail=result.error or "",
            status=result.status,
        )


def _settle(message: Message, result: SendResult, *, now: datetime) -> AttemptOutcome:
    if result.outcome is SendOutcome.UNKNOWN:
        return _settle_unknown(message, result, now=now)
    if result.success:
        return _settle_sent(message, result, now=now)
    if result.outcome in NOT_ACCEPTED and _tries(message, result) < MAX_TRIES:
        return _settle_later(message, result, now=now)
    return _settle_failed(message, result, now=now)


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


def _settle_sent_together(
    results: Sequence[tuple[Message, SendResult]], *, now: datetime
) -> set[int]:
    """The accepted openers among several results, in two statements instead of two each;
    empty when one of the rows is not as it was left, and each is then settled alone.

    The caller holds the customer's lock, so nobody moves these leads in between.
    """
    rows = [
        message
        for message, result in results
        if result.success and message.step == 0 and message.lead.status == LeadStatus.NEW
    ]
    if len(rows) < 2:  # noqa: PLR2004 # one alone is cheaper by itself
        return set()
    delay = delay_before(1)
    try:
        with transaction.atomic():
            _move_all(
                Message.objects.filter(pk__among=[row.pk for row in rows]),
                len(rows),
                source=MessageStatus.SENDING,
                target=MessageStatus.SENT,
                due_at=None,
                finished_at=now,
                error="",
            )
            _move_all(
                Lead.objects.filter(pk__among=[row.lead_id for row in rows]),
                len(rows),
                source=LeadStatus.NEW,
                target=LeadStatus.CONTACTED,
                last_contacted_at=now,
                next_action_at=None if delay is None else now + delay,
            )
    except _NotAll:
        return set()
    return {row.pk for row in rows}


class _NotAll(Exception):
    """One of several rows was moved by somebody else; none of ours is."""


def _move_all(rows: StateQuerySet[Any], count: int, **fields: Any) -> None:
    if rows.move(**fields) != count:
        raise _NotAll


def _log_success(message: Message, result: SendResult) -> None:
    logger.info(
        "[EMAIL][SUCCESS][%s] lead_id=%s email=%s subject=%s",
        result.mode,
        message.lead_id,
        message.lead.email,
        single_line(message.subject),
    )


def _settle_sent(message: Message, result: SendResult, *, now: datetime) -> AttemptOutcome:
    if _finish(message, MessageStatus.SENT, now=now):
        mark_contacted(message, speed=1, now=now)
        _log_success(message, result)
    return AttemptOutcome.SUCCESS


def _settle_failed(message: Message, result: SendResult, *, now: datetime) -> AttemptOutcome:
    if _finish(message, MessageStatus.FAILED, now=now, error=result.error or ""):
        for status in (LeadStatus.NEW, LeadStatus.CONTACTED):
            Lead.objects.filter(pk=message.lead_id).move(
                source=status, target=LeadStatus.EMAIL_FAILED, next_action_at=None
            )
    _log_failure(message, result)
    return AttemptOutcome.FAIL


def _settle_later(message: Message, result: SendResult, *, now: datetime) -> AttemptOutcome:
    """No server has the mail: this row ends, and a copy with an identity of its own waits."""
    if _finish(message, MessageStatus.CANCELED, now=now, error=result.error or ""):
        give_back_day(message)
        copy = Message.objects.get(pk=message.pk)
        copy.pk = None
        copy.status = MessageStatus.PLANNED
        copy.tries = _tries(message, result)
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
    _log_failure(message, result)
    return AttemptOutcome.FAIL


def _tries(message: Message, result: SendResult) -> int:
    """How often servers have said "later" to this step. What was not about the mail does not
    count, or an evening without network would fail every lead that was due."""
    return message.tries + (result.outcome is SendOutcome.TRY_LATER)


def _settle_unknown(message: Message, result: SendResult, *, now: datetime) -> AttemptOutcome:
    _finish(message, MessageStatus.UNKNOWN, now=now, error=result.error or "")
    Lead.objects.filter(pk=message.lead_id).update(next_action_at=None)
    _log_failure(message, result)
    return AttemptOutcome.UNKNOWN


def _log_failure(message: Message, result: SendResult) -> None:
    logger.warning(
        "[EMAIL][FAIL][%s] lead_id=%s email=%s error=%s",
        result.mode,
        message.lead_id,
        message.lead.email,
        single_line(result.error or ""),
    )


def sweep_next(*, now: datetime) -> bool:
    """Take one row from a worker that is gone; False when there is none.

    A lease that ran out is given back: nothing had left. A send without a result is
    UNKNOWN: it may have left, so only evidence or a person settles it.
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
    error = "The worker ended before the answer was recorded; the mail may have left."
    with transaction.atomic():
        Customer.objects.lock(message.customer_id)
        if over.filter(pk=message.pk).move(
            source=MessageStatus.SENDING,
            target=MessageStatus.UNKNOWN,
            due_at=None,
            finished_at=now,
            error=error,
        ):
            Lead.objects.filter(pk=message.lead_id).update(next_action_at=None)
            unknown = AttemptOutcome.UNKNOWN
            log_attempts([Attempt(message, unknown, message.transport, "crash", error)], now=now)
            logger.warning("[EMAIL][UNKNOWN] lead_id=%s message=%s", message.lead_id, message.pk)
    return True

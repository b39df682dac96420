"""A person's answers leave one by one: each at most once, and never to who opted out since.

1. `_begin` takes the answer that waits longest, under the customer's lock: a dry run ends
   there, the kill switch makes it wait, and what speaks against answering makes it fail;
   the rest is SENDING, with its Message-ID committed.
2. `_hand_over` gives it to the mail server, outside any transaction.
3. `_record_result` writes down what the server said. Nothing is sent a second time by itself.

An answer whose worker died in between may have left: `sweep_next` finds it.
"""

from __future__ import annotations

import logging
import secrets
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from accounts.models import Customer
from agents.inbox.services.answers import get_newest_reply, why_not_answer
from agents.mailboxes.errors import TransportUnavailable
from agents.mailboxes.services.transports import OutgoingMail, SendOutcome, get_transport
from agents.mode import get_outreach_mode, get_sender_address
from agents.models import Answer, Conversation, Message, SystemSettings
from agents.outreach.services.send import reply_address
from agents.states import AnswerStatus, MessageMode

if TYPE_CHECKING:
    from datetime import datetime

    from agents.mailboxes.services.transports import SendResult

logger = logging.getLogger("agents.email")

# How long a worker may take before its answer counts as lost.
GRACE = timedelta(minutes=10)
WIRE_SECONDS = 20.0
# While the operator has stopped all outreach.
LOOK_AGAIN = timedelta(minutes=5)


def send_next(*, now: datetime) -> bool:
    """Take the answer that waits longest as far as it goes; False when none is due."""
    first = (
        Answer.objects.filter(status=AnswerStatus.QUEUED, due_at__lte=now)
        .order_by("due_at", "pk")
        .values_list("pk", "customer_id")
        .first()
    )
    if first is None:
        return False
    pk, customer_id = first
    row = _begin(pk, customer_id=customer_id, now=now)
    if row is not None:
        _record_result(row, _hand_over(row, now=now), now=now)
    return True


def _begin(pk: int, *, customer_id: int, now: datetime) -> Answer | None:
    """The answer as SENDING; None when it does not leave, or another worker has it."""
    with transaction.atomic():
        Customer.objects.lock(customer_id)
        row: Answer | None = (
            Answer.objects.select_related(
                "conversation__lead", "customer__subscription", "customer__profile"
            )
            .filter(pk=pk, status=AnswerStatus.QUEUED)
            .first()
        )
        if row is None or not _may_leave(row, now=now):
            return None
        _move(
            row,
            AnswerStatus.SENDING,
            due_at=now + GRACE,
            message_id=f"<answer.{row.pk}.{secrets.token_hex(8)}@{settings.CONFIG.host}>",
            transport=str(settings.CONFIG.EMAIL_MODE),
        )
    return row


def _may_leave(row: Answer, *, now: datetime) -> bool:
    """False when the answer ends or waits here; the row says why."""
    if row.mode == MessageMode.DRY_RUN:
        _move(row, AnswerStatus.DRY_RUN, due_at=None, finished_at=now, transport="DRY_RUN")
        logger.info("[EMAIL][DRY_RUN] lead_id=%s answer=%s", row.conversation.lead_id, row.pk)
        return False
    if SystemSettings.objects.filter(pk=1, outreach_stopped_at__isnull=False).exists():
        Answer.objects.filter(pk=row.pk).update(
            due_at=now + LOOK_AGAIN, error="The operator has stopped all outreach."
        )
        return False
    if reason := _why_not_send(row, now=now):
        _move(row, AnswerStatus.FAILED, due_at=None, finished_at=now, error=reason)
        return False
    return True


def _why_not_send(row: Answer, *, now: datetime) -> str:
    mode = get_outreach_mode(
        customer=row.customer, now=now, is_fictional=row.conversation.lead.is_fictional
    )
    if mode != row.mode:
        return "This was not sent, because real email is off at the moment. Write it again later."
    return why_not_answer(row.conversation)


def _move(row: Answer, target: AnswerStatus, **fields: object) -> None:
    Answer.objects.filter(pk=row.pk).move(source=row.status, target=target, **fields)
    row.refresh_from_db()


def _hand_over(row: Answer, *, now: datetime) -> SendResult | None:
    """Outside any transaction. None when there was nobody to hand it to."""
    mail = _outgoing_mail(row, now=now)
    try:
        return get_transport(MessageMode.LIVE).send(mail, deadline=time.monotonic() + WIRE_SECONDS)
    except TransportUnavailable:
        return None


def _outgoing_mail(row: Answer, *, now: datetime) -> OutgoingMail:
    conversation = row.conversation
    newest = get_newest_reply(conversation)
    earlier = list(
        Message.objects.filter(lead_id=conversation.lead_id)
        .exclude(message_id="")
        .order_by("step")
        .values_list("message_id", flat=True)
    )
    return OutgoingMail(
        from_name=row.customer.profile.sender_name or row.customer.company,
        from_address=get_sender_address(),
        to_name=newest.from_name if newest else "",
        to_address=newest.from_address if newest else conversation.lead.email,
        reply_to=reply_address(conversation.token),
        subject=row.subject,
        body=row.body,
        message_id=row.message_id,
        date=now,
        unsubscribe_url="",
        in_reply_to=row.in_reply_to,
        references=tuple(filter(None, [*earlier, row.in_reply_to])),
    )


def _record_result(row: Answer, result: SendResult | None, *, now: datetime) -> None:
    if result is None or not result.success:
        error = result.error if result else "Real email was turned off."
        is_unknown = result is not None and result.outcome is SendOutcome.UNKNOWN
        target = AnswerStatus.UNKNOWN if is_unknown else AnswerStatus.FAILED
        _move(row, target, due_at=None, finished_at=now, error=(error or "")[:2_000])
        logger.warning("[EMAIL][FAIL] answer=%s error=%s", row.pk, error)
        Conversation.objects.filter(pk=row.conversation_id).update(is_awaiting_answer=True)
    else:
        _move(row, AnswerStatus.SENT, due_at=None, finished_at=now)
        logger.info("[EMAIL][SUCCESS][%s] answer=%s", result.mode, row.pk)


def sweep_next(*, now: datetime) -> bool:
    """An answer whose worker died may have left: UNKNOWN, for a person to resolve."""
    row = Answer.objects.filter(status=AnswerStatus.SENDING, due_at__lte=now).first()
    if row is None:
        return False
    _move(
        row,
        AnswerStatus.UNKNOWN,
        due_at=None,
        finished_at=now,
        error="The worker stopped before the result was recorded. The email may have been sent.",
    )
    return True

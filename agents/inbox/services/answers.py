"""A person's answers from the portal: stored first, sent once, never to who opted out.

An answer is not cold mail: the other side has written to us. It passes the kill switch,
the entitlement and the suppression list again at the point of no return, and uses none of
the outreach limits. In dry run it is stored and labelled, and never leaves.
"""

from __future__ import annotations

import logging
import re
import secrets
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from accounts.models import Customer
from accounts.services import audit
from accounts.states import AuditAction
from agents.inbox.classify import parse
from agents.inbox.classify.dsn import is_daemon_address
from agents.mailboxes.errors import TransportUnavailable
from agents.mailboxes.services.transports import (
    OutgoingMail,
    SendOutcome,
    get_transport,
    is_sendable_address,
)
from agents.mode import get_outreach_mode, get_sender_address
from agents.models import Answer, Conversation, InboundMessage, Message, SystemSettings
from agents.outreach.services.send import reply_address
from agents.states import (
    HUMAN_REPLIES,
    AnswerStatus,
    ConversationStatus,
    MessageMode,
)
from agents.suppression.selectors import is_suppressed
from hossagent.lib.text import single_line

if TYPE_CHECKING:
    from datetime import datetime

    from agents.mailboxes.services.transports import SendResult

logger = logging.getLogger("agents.email")

MAX_BODY = 20_000
GRACE = timedelta(minutes=10)
WIRE_SECONDS = 20.0
LOOK_AGAIN = timedelta(minutes=5)
_NO_REPLY = re.compile(r"^(?:no-?reply|do-?not-?reply|noreply|notifications?|bounces?)\b", re.I)


class CannotAnswer(Exception):
    """Why no answer may go to this conversation, as a sentence with the next step."""


def why_not_answer(conversation: Conversation) -> str:
    """What speaks against answering here; empty when nothing does."""
    newest = _newest_reply(conversation)
    if newest is None:
        return (
            "They have not written to you yet, so there is nothing to reply to. First emails go "
            "out through the sequence."
        )
    recipient = newest.from_address
    if is_daemon_address(recipient) or _NO_REPLY.match(recipient):
        return "This email came from an automated address. You cannot reply to it."
    if not is_sendable_address(recipient):
        return f"{recipient or 'An empty address'} cannot receive email."
    for address in {recipient, conversation.lead.email}:
        if is_suppressed(customer=conversation.customer, email=address):
            return f"{address} has opted out or is on the do-not-contact list."
    return ""


def answer(
    *, conversation: Conversation, body: str, by: str, form_key: str, now: datetime
) -> Answer:
    """Store a person's answer and queue it; the conversation is then theirs.

    The same `form_key` again returns the answer that exists. Raises `CannotAnswer`.
    """
    body = body.replace("\r\n", "\n").strip()[:MAX_BODY] + "\n"
    with transaction.atomic():
        Customer.objects.lock(conversation.customer_id)
        conversation.refresh_from_db()
        known = Answer.objects.filter(conversation=conversation, form_key=form_key).first()
        if known is not None:
            return known
        if refusal := why_not_answer(conversation):
            raise CannotAnswer(refusal)
        newest = _newest_reply(conversation)
        assert newest is not None
        customer = Customer.objects.select_related("subscription", "profile").get(
            pk=conversation.customer_id
        )
        subject = single_line(newest.subject or "Your message", 190)
        row = Answer.objects.create(
            customer=customer,
            conversation=conversation,
            mode=get_outreach_mode(
                customer=customer, now=now, is_fictional=conversation.lead.is_fictional
            ),
            subject=subject if subject.lower().startswith("re:") else f"Re: {subject}",
            body=body,
            written_by=by[:254],
            form_key=form_key[:64],
            due_at=now,
            in_reply_to=_message_id_of(newest),
            created_at=now,
        )
        Conversation.objects.filter(pk=conversation.pk).update(
            is_awaiting_answer=False, resume_at=None, taken_by=by[:254]
        )
        if conversation.status != ConversationStatus.HUMAN:
            Conversation.objects.filter(pk=conversation.pk).move(
                source=conversation.status, target=ConversationStatus.HUMAN
            )
        audit.record(
            AuditAction.CONVERSATION_ANSWERED,
            at=now,
            actor=by,
            customer_id=customer.pk,
            subject=conversation,
        )
    return row


def _newest_reply(conversation: Conversation) -> InboundMessage | None:
    return (
        conversation.inbound.defer("raw")
        .filter(label__in=HUMAN_REPLIES)
        .order_by("-received_at", "-pk")
        .first()
    )


def _message_id_of(inbound: InboundMessage) -> str:
    return parse(bytes(inbound.raw)).message_id


def send_next(*, now: datetime) -> bool:
    """Take the answer that waits longest as far as it goes; False when none is due."""
    row = _begin(now=now)
    if row is None:
        return False
    if row.status != AnswerStatus.SENDING:
        return True
    _record(row, _put_on_wire(row, now=now), now=now)
    return True


def _begin(*, now: datetime) -> Answer | None:
    """Under the customer's lock: dry runs end here, refusals wait or fail, the rest is
    SENDING with its Message-ID committed."""
    first = Answer.objects.filter(status=AnswerStatus.QUEUED, due_at__lte=now)
    found = first.order_by("due_at", "pk").values_list("pk", "customer_id").first()
    if found is None:
        return None
    with transaction.atomic():
        Customer.objects.lock(found[1])
        row = (
            Answer.objects.select_related(
                "conversation__lead", "customer__subscription", "customer__profile"
            )
            .filter(pk=found[0], status=AnswerStatus.QUEUED)
            .first()
        )
        if row is None:
            return Answer(status=AnswerStatus.FAILED)  # another worker was first
        if row.mode == MessageMode.DRY_RUN:
            _move(row, AnswerStatus.DRY_RUN, due_at=None, finished_at=now, transport="DRY_RUN")
            logger.info("[EMAIL][DRY_RUN] lead_id=%s answer=%s", row.conversation.lead_id, row.pk)
        elif SystemSettings.objects.filter(pk=1, outreach_stopped_at__isnull=False).exists():
            row.error = "The operator has stopped all outreach."
            Answer.objects.filter(pk=row.pk).update(due_at=now + LOOK_AGAIN, error=row.error)
        elif refusal := _refusal(row, now=now):
            _move(row, AnswerStatus.FAILED, due_at=None, finished_at=now, error=refusal)
        else:
            _move(
                row,
                AnswerStatus.SENDING,
                due_at=now + GRACE,
                message_id=f"<answer.{row.pk}.{secrets.token_hex(8)}@{settings.CONFIG.host}>",
                transport=str(settings.CONFIG.EMAIL_MODE),
            )
    return row


def _refusal(row: Answer, *, now: datetime) -> str:
    mode = get_outreach_mode(
        customer=row.customer, now=now, is_fictional=row.conversation.lead.is_fictional
    )
    if mode != row.mode:
        return "Real email is off at the moment, so this was not sent. Write it again later."
    return why_not_answer(row.conversation)


def _move(row: Answer, target: AnswerStatus, **fields: object) -> None:
    Answer.objects.filter(pk=row.pk).move(source=row.status, target=target, **fields)
    row.refresh_from_db()


def _put_on_wire(row: Answer, *, now: datetime) -> SendResult | None:
    """Outside any transaction. None when nothing was tried."""
    conversation = row.conversation
    newest = _newest_reply(conversation)
    earlier = list(
        Message.objects.filter(lead_id=conversation.lead_id)
        .exclude(message_id="")
        .order_by("step")
        .values_list("message_id", flat=True)
    )
    mail = OutgoingMail(
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
    try:
        return get_transport(MessageMode.LIVE).send(mail, deadline=time.monotonic() + WIRE_SECONDS)
    except TransportUnavailable:
        return None


def _record(row: Answer, result: SendResult | None, *, now: datetime) -> None:
    """Commit what the transport said. Nothing is ever sent a second time by itself."""
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
    """An answer whose worker died may have left: UNKNOWN, for a person to settle."""
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

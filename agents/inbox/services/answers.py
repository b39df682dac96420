"""A person's answers from the portal: stored first, sent once, never to who opted out.

An answer is not cold mail: the other side has written to us. It passes the kill switch,
the entitlement and the suppression list again before it leaves (`send_answers`), and uses
none of the outreach limits. In dry run it is stored and labelled, and never leaves.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.db import transaction

from accounts.models import Customer
from accounts.services import audit
from accounts.states import AuditAction
from agents.inbox.classify import parse
from agents.inbox.classify.dsn import is_daemon_address
from agents.mailboxes.services.transports import is_sendable_address
from agents.mode import get_outreach_mode
from agents.models import Answer, Conversation, InboundMessage
from agents.states import HUMAN_REPLIES, ConversationStatus
from agents.suppression.selectors import is_suppressed
from hossagent.lib.text import single_line

if TYPE_CHECKING:
    from datetime import datetime

MAX_BODY = 20_000
_NO_REPLY = re.compile(r"^(?:no-?reply|do-?not-?reply|noreply|notifications?|bounces?)\b", re.I)


class CannotAnswer(Exception):
    """Why no answer may go to this conversation, as a sentence with the next step."""


def why_not_answer(conversation: Conversation) -> str:
    """What speaks against answering here; empty when nothing does."""
    newest = get_newest_reply(conversation)
    if newest is None:
        return (
            "There is nothing to reply to, because they have not written to you yet. First emails "
            "go out through the sequence."
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


def get_newest_reply(conversation: Conversation) -> InboundMessage | None:
    """The last thing that a person wrote; an answer goes to its sender."""
    found: InboundMessage | None = (
        conversation.inbound.defer("raw")
        .filter(label__in=HUMAN_REPLIES)
        .order_by("-received_at", "-pk")
        .first()
    )
    return found


def answer(
    *, conversation: Conversation, body: str, by: str, form_key: str, now: datetime
) -> Answer:
    """Store a person's answer and queue it; the conversation is then theirs.

    The same `form_key` again returns the answer that exists. Raises `CannotAnswer`.
    """
    with transaction.atomic():
        Customer.objects.lock(conversation.customer_id)
        conversation.refresh_from_db()
        known = Answer.objects.filter(conversation=conversation, form_key=form_key).first()
        if known is not None:
            return known
        if reason := why_not_answer(conversation):
            raise CannotAnswer(reason)
        row = _store(conversation, body=body, by=by, form_key=form_key, now=now)
        _give_to_person(conversation, by=by)
        audit.record(
            AuditAction.CONVERSATION_ANSWERED,
            at=now,
            actor=by,
            customer_id=conversation.customer_id,
            subject=conversation,
        )
    return row


def _store(
    conversation: Conversation, *, body: str, by: str, form_key: str, now: datetime
) -> Answer:
    newest = get_newest_reply(conversation)
    assert newest is not None, "there is somebody to answer"
    customer = Customer.objects.select_related("subscription", "profile").get(
        pk=conversation.customer_id
    )
    subject = single_line(newest.subject or "Your message", 190)
    row: Answer = Answer.objects.create(
        customer=customer,
        conversation=conversation,
        mode=get_outreach_mode(
            customer=customer, now=now, is_fictional=conversation.lead.is_fictional
        ),
        subject=subject if subject.lower().startswith("re:") else f"Re: {subject}",
        body=body.replace("\r\n", "\n").strip()[:MAX_BODY] + "\n",
        written_by=by[:254],
        form_key=form_key[:64],
        due_at=now,
        in_reply_to=parse(bytes(newest.raw)).message_id,
        created_at=now,
    )
    return row


def _give_to_person(conversation: Conversation, *, by: str) -> None:
    """Whoever answers looks after the conversation from now on."""
    rows = Conversation.objects.filter(pk=conversation.pk)
    rows.update(is_awaiting_answer=False, resume_at=None, taken_by=by[:254])
    if conversation.status != ConversationStatus.HUMAN:
        rows.move(source=conversation.status, target=ConversationStatus.HUMAN)

"""Which conversation a mail belongs to; never one customer's mail in another's thread.

In this order: our token in an address it was sent to, a Message-ID of ours that it
answers or returns, the sender's address in an open conversation of exactly one customer.
Whatever is left waits for a person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.models import Answer, Conversation, Message
from agents.states import MESSAGE_OUT, ConversationStatus
from hossagent.lib.text import normalize_email

if TYPE_CHECKING:
    from collections.abc import Collection

    from agents.inbox.classify import Mail

# reply+<token>@…, b+<token>@…: 32 hex digits; mail systems may have changed their case.
_TOKEN = re.compile(r"\+([0-9a-f]{32})(?:[.\-=][^@]*)?@", re.IGNORECASE)

BY_TOKEN = "token"  # noqa: S105 # how a mail was matched, no secret
BY_REFERENCE = "reference"
BY_SENDER = "sender"
BY_PERSON = "person"


@dataclass(frozen=True, slots=True)
class Match:
    """The conversation, the one of our messages that is meant (if any), and how we know."""

    conversation: Conversation
    message: Message | None
    by: str


def is_our_own(mail: Mail) -> bool:
    """One of our mails came back to us (a copy in Sent, a list): nobody's reply."""
    own = mail.message_id
    return bool(own) and (
        Message.objects.filter(message_id=own).exists()
        or Answer.objects.filter(message_id=own).exists()
    )


def find_match(mail: Mail, *, is_simulated: bool, is_report: bool) -> Match | None:
    """The one conversation that `mail` belongs to, or None.

    A delivery report must name a mail that we issued: its sender proves nothing. The
    pretend internet reaches fictional leads only.
    """
    match = _by_token(mail) or _by_reference(mail, is_report=is_report)
    if match is None and not is_report:
        match = _by_sender(mail)
    if match is not None and is_simulated and not match.conversation.lead.is_fictional:
        return None
    return match


def find_owner(mail: Mail, *, is_report: bool) -> int | None:
    """Whose mail this is when no single conversation can be named; None when that is open.

    The same evidence in the same order, each of it worth something only when all of it
    points at one customer. A company's domain is no evidence: it would be guessing.
    """
    ids = mail.returned_ids if is_report else mail.references
    groups = [
        Conversation.objects.filter(token__in=_tokens(mail)),
        Conversation.objects.filter(
            lead__messages__message_id__in=ids, lead__messages__status__in=MESSAGE_OUT
        ),
    ]
    if mail.from_address and not is_report:
        key = normalize_email(mail.from_address)
        groups.append(Conversation.objects.filter(lead__email_key=key))
    for group in groups:
        owners = list(group.order_by().values_list("customer_id", flat=True).distinct()[:2])
        if owners:
            return owners[0] if len(owners) == 1 else None
    return None


def _tokens(mail: Mail) -> set[str]:
    return {m[1].lower() for address in mail.recipients for m in _TOKEN.finditer(address)}


def _by_token(mail: Mail) -> Match | None:
    found = list(Conversation.objects.select_related("lead").filter(token__in=_tokens(mail))[:2])
    if len(found) != 1:
        return None  # none of ours, or tokens of two threads: a person decides
    conversation = found[0]
    message = _newest_out(conversation, ids=[*mail.returned_ids, *mail.references])
    return Match(conversation, message, BY_TOKEN)


def _newest_out(conversation: Conversation, *, ids: Collection[str]) -> Message | None:
    out = Message.objects.filter(lead_id=conversation.lead_id, status__in=MESSAGE_OUT)
    named = out.filter(message_id__in=[*ids]).order_by("-step").first() if ids else None
    return named or out.order_by("-step").first()


def _by_reference(mail: Mail, *, is_report: bool) -> Match | None:
    ids = list(mail.returned_ids) if is_report else list(mail.references)
    found = list(
        Message.objects.filter(message_id__in=ids, status__in=MESSAGE_OUT).select_related(
            "lead__conversation__lead"
        )[:20]
    )
    by_lead = {message.lead_id: message for message in sorted(found, key=lambda m: m.step)}
    if len(by_lead) != 1:
        return None
    message = next(iter(by_lead.values()))
    conversation = getattr(message.lead, "conversation", None)
    return Match(conversation, message, BY_REFERENCE) if conversation else None


def _by_sender(mail: Mail) -> Match | None:
    if not mail.from_address:
        return None
    found = list(
        Conversation.objects.select_related("lead")
        .filter(lead__email_key=normalize_email(mail.from_address))
        .exclude(status=ConversationStatus.CLOSED)[:2]
    )
    if len(found) != 1:
        return None  # two customers wrote to this person: guessing would cross tenants
    return Match(found[0], _newest_out(found[0], ids=()), BY_SENDER)

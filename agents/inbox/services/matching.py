"""Which conversation a mail belongs to; never one customer's mail in another's thread.

In this order:

1. as before: reading a mail again never moves it,
2. our token in an address that it was sent to,
3. a Message-ID of ours that it answers or returns,
4. the sender's address in an open conversation of exactly one customer.

Whatever is left is unmatched and waits for a person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.inbox.classify.dsn import read_report
from agents.models import Answer, Conversation, Message
from agents.states import MESSAGE_OUT, ConversationStatus
from hossagent.lib.text import normalize_email

if TYPE_CHECKING:
    from collections.abc import Collection

    from agents.inbox.classify import Mail
    from agents.models import InboundMessage

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


def find_match(mail: Mail, *, inbound: InboundMessage) -> Match | None:
    """The one conversation that `mail` belongs to, or None.

    A delivery report must name a mail that we issued: its sender proves nothing. The
    pretend internet reaches fictional leads only. `inbound` with its conversation loaded.
    """
    if inbound.conversation is not None:
        by = inbound.matched_by or BY_PERSON
        return Match(inbound.conversation, inbound.message, by)
    if _is_our_own(mail):
        return None
    is_report = read_report(mail) is not None
    match = _by_token(mail) or _by_reference(mail, is_report=is_report)
    if match is None and not is_report:
        match = _by_sender(mail)
    if match is not None and inbound.is_simulated and not match.conversation.lead.is_fictional:
        return None
    return match


def find_owner(mail: Mail, *, inbound: InboundMessage) -> int | None:
    """The customer who may say where this mail belongs, when no one conversation can be
    named; None when it is ours, or may be several customers'.

    The same evidence in the same order, each of it worth something only when all of it
    points at one customer. A company's domain is no evidence: it would be guessing.
    """
    if inbound.is_simulated or _is_our_own(mail):
        return None
    is_report = read_report(mail) is not None
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


def _is_our_own(mail: Mail) -> bool:
    """One of our mails came back to us (a copy in Sent, a list): nobody's reply."""
    own = mail.message_id
    return bool(own) and (
        Message.objects.filter(message_id=own).exists()
        or Answer.objects.filter(message_id=own).exists()
    )


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

"""What a message is planned as, and whether a person must read it first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.mode import get_outreach_mode
from agents.outreach.gate import MessageFacts
from agents.states import ApprovalMode, MessageMode

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from accounts.models import Customer
    from agents.models import Message

# In this mode a person reads so many before the rest goes by itself.
REVIEW_FIRST = 10


def needs_approval(message: Message, *, customer: Customer) -> bool:
    """Whether a person must read this message before it may leave."""
    if message.approved_at is not None:
        return False
    profile = customer.profile
    if profile.approval_mode == ApprovalMode.REVIEW_ALL:
        return True
    return (
        profile.approval_mode == ApprovalMode.REVIEW_FIRST
        and profile.messages_approved < REVIEW_FIRST
    )


def get_message_facts(
    *, messages: Sequence[Message], now: datetime, problems: Mapping[int, tuple[str, ...]]
) -> dict[int, MessageFacts]:
    """One record for each message, by primary key. No query."""
    modes: dict[tuple[int, bool], MessageMode] = {}
    facts = {}
    for message in messages:
        customer = message.customer
        key = (customer.pk, message.lead.is_fictional)
        if key not in modes:
            modes[key] = get_outreach_mode(customer=customer, now=now, is_fictional=key[1])
        facts[message.pk] = MessageFacts(
            mode=message.mode,
            mode_now=modes[key],
            step=message.step,
            needs_approval=needs_approval(message, customer=customer),
            problems=problems.get(message.pk, ()),
        )
    return facts

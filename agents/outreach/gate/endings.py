"""What ends a message for good: it is canceled and nobody needs to do anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.outreach.gate.holds import Hold, final
from agents.states import (
    LEAD_OPEN_TO_OUTREACH,
    AddressCheck,
    ConversationStatus,
    HoldCode,
    MessageMode,
)

if TYPE_CHECKING:
    from agents.outreach.gate.facts import SendFacts

_MODE_WORDS = {MessageMode.LIVE.value: "a real email", MessageMode.DRY_RUN.value: "a dry run"}


def in_brackets(flags: str) -> str:
    """What is known about an address, as words after it: " (no such domain)"."""
    words = ", ".join(flag.replace("_", " ") for flag in flags.split())
    return f" ({words})" if words else ""


def _fictional_lead(facts: SendFacts) -> Hold | None:
    if facts.is_live and facts.recipient.is_fictional:
        return final(
            HoldCode.FICTIONAL_LEAD,
            f"{facts.recipient.name} is a fictional lead. Fictional leads never get real email.",
        )
    return None


def _mode_changed(facts: SendFacts) -> Hold | None:
    message = facts.message
    if message.mode == message.mode_now:
        return None
    return final(
        HoldCode.MODE_CHANGED,
        f"This was planned as {_MODE_WORDS[message.mode]}. It would now be "
        f"{_MODE_WORDS[message.mode_now]}. It will be planned again.",
    )


def _suppressed(facts: SendFacts) -> Hold | None:
    recipient = facts.recipient
    if recipient.suppressed_by:
        return final(
            HoldCode.SUPPRESSED,
            f"{recipient.name} must not be contacted: {recipient.suppressed_by}.",
        )
    return None


def _replied(facts: SendFacts) -> Hold | None:
    if facts.recipient.replied_at is not None:
        return final(HoldCode.REPLIED, f"{facts.recipient.name} has replied. The sequence is over.")
    return None


def _lead_state(facts: SendFacts) -> Hold | None:
    recipient = facts.recipient
    if recipient.status not in LEAD_OPEN_TO_OUTREACH:
        state = recipient.status.replace("_", " ")
        return final(HoldCode.LEAD_STATE, f"{recipient.name} is {state}. Outreach has ended.")
    return None


def _company_replied(facts: SendFacts) -> Hold | None:
    if facts.recipient.company_replied:
        return final(
            HoldCode.COMPANY_REPLIED,
            f"Someone else at the company of {facts.recipient.name} has replied. HossAgent does "
            "not email anyone else there in parallel.",
        )
    return None


def _undeliverable(facts: SendFacts) -> Hold | None:
    recipient = facts.recipient
    if recipient.address_check == AddressCheck.UNDELIVERABLE:
        return final(
            HoldCode.UNDELIVERABLE,
            f"Email cannot be delivered to {recipient.name}{in_brackets(recipient.address_flags)}.",
        )
    return None


def _conversation_closed(facts: SendFacts) -> Hold | None:
    if facts.recipient.conversation == ConversationStatus.CLOSED:
        return final(
            HoldCode.CONVERSATION_CLOSED,
            f"The conversation with {facts.recipient.name} is closed.",
        )
    return None


CHECKS = (
    _fictional_lead,
    _mode_changed,
    _suppressed,
    _replied,
    _lead_state,
    _company_replied,
    _undeliverable,
    _conversation_closed,
)

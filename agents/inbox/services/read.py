"""What a received mail says, whose conversation it belongs to, and what it means.

Reads only; nothing is locked and nothing is written, so it may be done again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.inbox.classify import Classification, Mail, classify, parse
from agents.inbox.services import opinions
from agents.inbox.services.matching import Match, find_match
from agents.models import Message
from agents.states import MESSAGE_OUT

if TYPE_CHECKING:
    from agents.models import InboundMessage, SecondOpinion

# What we wrote in a thread is compared with what comes back; this much of it is enough.
_NEWEST_OF_OURS = 10
_MOST_OF_OURS = 50_000


@dataclass(frozen=True, slots=True)
class Reading:
    """One mail as it was read. `classification` is what counts: the rules' word, or theirs
    relabelled by the model whose opinion there was."""

    mail: Mail
    match: Match | None
    by_rules: Classification
    opinion: SecondOpinion | None
    classification: Classification


def read(inbound: InboundMessage) -> Reading:
    """Parse, match and classify one mail; `inbound` with its conversation's lead loaded."""
    mail, today = parse(bytes(inbound.raw)), inbound.received_at.date()
    match = find_match(mail, inbound=inbound)
    by_rules = classify(mail, today=today, ours=_our_words(match))
    opinion = opinions.get_opinion(inbound)
    return Reading(
        mail=mail,
        match=match,
        by_rules=by_rules,
        opinion=opinion,
        classification=opinions.apply_opinion(by_rules, opinion=opinion, today=today),
    )


def _our_words(match: Match | None) -> str:
    if match is None:
        return ""
    bodies = (
        Message.objects.filter(lead_id=match.conversation.lead_id, status__in=MESSAGE_OUT)
        .order_by("-pk")
        .values_list("body", flat=True)[:_NEWEST_OF_OURS]
    )
    return "\n".join(bodies)[:_MOST_OF_OURS]

"""What follows from a mail that belongs to no conversation yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.inbox.services.notifications import notify_of_unmatched
from agents.states import ReplyLabel, SuppressionKind, SuppressionReason
from agents.suppression.services.suppress import suppress

if TYPE_CHECKING:
    from datetime import datetime

    from agents.inbox.classify import Classification
    from agents.models import InboundMessage


def handle_unmatched(
    inbound: InboundMessage, *, classification: Classification, now: datetime
) -> None:
    """An opt-out counts for everybody; a person's words are shown to the customer, if it is
    known whose they are (`assign` gives the mail to a conversation then)."""
    if _asks_to_stop(inbound, classification):
        suppress(
            kind=SuppressionKind.ADDRESS,
            value=inbound.from_address,
            reason=SuppressionReason.OPT_OUT,
            now=now,
            note=f"Received email {inbound.pk}, unmatched",
        )
    notify_of_unmatched(inbound, now=now)


def _asks_to_stop(inbound: InboundMessage, classification: Classification) -> bool:
    """Whoever asks for no more mail gets none, even when we cannot tell which thread it is.

    A report is no such request: its sender is a machine.
    """
    is_request = classification.label in {ReplyLabel.OPT_OUT, ReplyLabel.COMPLAINT}
    return is_request and classification.report is None and "@" in inbound.from_address

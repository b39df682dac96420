"""Putting an address on everybody's do-not-contact list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.states import SuppressionKind, SuppressionReason
from agents.suppression.services.suppress import suppress

if TYPE_CHECKING:
    from datetime import datetime


def suppress_address(address: str, *, reason: SuppressionReason, note: str, now: datetime) -> None:
    """For every customer: a dead address is dead for all, an opt-out counts everywhere."""
    if "@" not in address:
        return
    suppress(kind=SuppressionKind.ADDRESS, value=address, reason=reason, now=now, note=note)

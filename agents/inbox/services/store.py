"""Received mail is stored before anything is concluded from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Q

from agents.models import InboundMessage
from agents.states import InboundSource
from hossagent.lib.signing import content_hash

if TYPE_CHECKING:
    from datetime import datetime

MAX_BYTES = 30_000_000


class TooLarge(Exception):
    """The mail is larger than `MAX_BYTES`; the sender keeps it, or it stays in the mailbox."""


def receive(
    *,
    raw: bytes,
    source: InboundSource,
    external_id: str,
    now: datetime,
    is_simulated: bool = False,
) -> InboundMessage:
    """Store one raw mail, once; a second delivery returns the row that is there.

    `external_id` is the source's own name for the mail. Two deliveries of the same bytes
    are one mail too, whatever they are called. Nothing is read here. Raises `TooLarge`.
    """
    if len(raw) > MAX_BYTES:
        raise TooLarge(f"{len(raw)} bytes; at most {MAX_BYTES} are accepted")
    digest = content_hash(raw)
    try:
        with transaction.atomic():
            return InboundMessage.objects.create(
                source=source,
                external_id=external_id[:200],
                content_hash=digest,
                raw=raw,
                received_at=now,
                due_at=now,
                is_simulated=is_simulated,
            )
    except IntegrityError:
        known = InboundMessage.objects.filter(
            Q(external_id=external_id[:200]) | Q(content_hash=digest), source=source
        ).first()
        if known is None:
            raise
        return known

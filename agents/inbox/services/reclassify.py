"""Received mail is read again when the classifier has become better."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.inbox.classify import CLASSIFIER_VERSION, classify, parse
from agents.inbox.services import opinions
from agents.models import InboundMessage
from agents.states import InboundStatus

if TYPE_CHECKING:
    from datetime import datetime

_WAS_READ = (InboundStatus.PROCESSED, InboundStatus.UNMATCHED)


def reclassify_next(*, now: datetime) -> bool:
    """Look again at one mail that older rules have read; False when there is none.

    The same label only raises the version. Another one makes the mail pending again, so
    that its consequences follow; what an opt-out or a bounce did is never undone.
    """
    inbound = (
        InboundMessage.objects.filter(classifier_version__lt=CLASSIFIER_VERSION)
        .filter(status__in=_WAS_READ)
        .order_by("classifier_version", "pk")
        .first()
    )
    if inbound is None:
        return False
    today = inbound.received_at.date()
    found = opinions.apply_opinion(
        classify(parse(bytes(inbound.raw)), today=today),
        opinion=opinions.get_opinion(inbound),
        today=today,
    )
    rows = InboundMessage.objects.filter(pk=inbound.pk)
    if found.label == inbound.label:
        rows.filter(status=inbound.status).update(
            classifier_version=found.version, confidence=found.confidence
        )
    else:
        rows.move(
            source=inbound.status,
            target=InboundStatus.PENDING,
            due_at=now,
            attempts=0,
            processed_at=None,
        )
    return True

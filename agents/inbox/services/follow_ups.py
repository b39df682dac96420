"""Conversations whose "not now" has become now: a person is reminded, nothing is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from agents.inbox.services.notifications import notify_of_follow_up
from agents.models import Conversation

if TYPE_CHECKING:
    from datetime import datetime


def resume_next(*, now: datetime) -> bool:
    """Put one conversation back on top of the list and notify the customer; False when
    none is due."""
    with transaction.atomic():
        conversation = (
            Conversation.objects.select_for_update(of=("self",))
            .select_related("lead", "customer")
            .filter(resume_at__lte=now)
            .order_by("resume_at")
            .first()
        )
        if conversation is None:
            return False
        notify_of_follow_up(conversation, now=now)
        Conversation.objects.filter(pk=conversation.pk).update(
            resume_at=None, is_awaiting_answer=True
        )
    return True

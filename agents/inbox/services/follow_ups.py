"""Conversations whose "not now" has become now: a person is reminded, nothing is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from agents.inbox.services import notifications
from agents.models import Conversation

if TYPE_CHECKING:
    from datetime import datetime


def resume_next(*, now: datetime) -> bool:
    """Put one conversation back on top of the list and tell the customer; False if none."""
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
        notifications.remind_customer(conversation, now=now)
        Conversation.objects.filter(pk=conversation.pk).update(
            resume_at=None, is_awaiting_answer=True
        )
    return True

"""The thread with one lead: who looks after it, and whether it waits for an answer."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.db import models

from accounts.models import Customer
from agents.models.lead import Lead
from agents.states import CONVERSATION_TRANSITIONS, ConversationStatus, ReplyLabel
from hossagent.lib.transitions import StateQuerySet


def make_conversation_token() -> str:
    """128 random bits in lower-case hex: survives mail systems that fold case, and
    the rotation of signing keys (an opt-out link must work for ever)."""
    return secrets.token_hex(16)


class Conversation(models.Model):
    """One per lead. The token stands in Reply-To and in the opt-out link."""

    transitions = CONVERSATION_TRANSITIONS

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="conversations")
    lead = models.OneToOneField(Lead, on_delete=models.CASCADE, related_name="conversation")
    status = models.CharField(
        max_length=8, choices=ConversationStatus.choices, default=ConversationStatus.OPEN
    )
    token = models.CharField(max_length=32, unique=True, default=make_conversation_token)
    label = models.CharField(max_length=16, choices=ReplyLabel.choices, blank=True)
    created_at = models.DateTimeField()
    # The newest human reply; `is_awaiting_answer` until somebody answers or closes.
    last_reply_at = models.DateTimeField(null=True, blank=True)
    is_awaiting_answer = models.BooleanField(default=False)
    # They asked to be spoken to again then; it becomes a reminder to a person.
    resume_at = models.DateTimeField(null=True, blank=True)
    # Who took the conversation over; the agents then leave it alone.
    taken_by = models.CharField(max_length=254, blank=True)

    objects: ClassVar = StateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="agents_conversation_status",
                condition=models.Q(status__in=ConversationStatus.values),
            ),
        ]
        indexes = [
            # Read by the console: who waits for an answer?
            models.Index(
                fields=["last_reply_at"],
                name="agents_conversation_awaiting",
                condition=models.Q(is_awaiting_answer=True),
            ),
            # Read by the conversation list: awaiting an answer first, then newest reply.
            models.Index(
                fields=["customer", "-is_awaiting_answer", "-last_reply_at"],
                name="agents_conversation_list",
                condition=models.Q(last_reply_at__isnull=False),
            ),
            # Read by process_inbound: who asked to be reminded of by now?
            models.Index(
                fields=["resume_at"],
                name="agents_conversation_resume",
                condition=models.Q(resume_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Conversation with {self.lead}"

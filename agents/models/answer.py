"""What a person wrote back to a lead from the portal."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models import Customer
from agents.models.conversation import Conversation
from agents.states import ANSWER_TRANSITIONS, AnswerStatus, MessageMode
from hossagent.lib.transitions import StateQuerySet


class Answer(models.Model):
    """One answer: stored first, then sent by the loop, once."""

    transitions = ANSWER_TRANSITIONS

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="answers")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="answers")
    mode = models.CharField(max_length=8, choices=MessageMode.choices)
    status = models.CharField(
        max_length=8, choices=AnswerStatus.choices, default=AnswerStatus.QUEUED
    )
    subject = models.CharField(max_length=200)
    body = models.TextField()
    written_by = models.CharField(max_length=254)
    # A second press of the button carries the same key and is the same answer.
    form_key = models.CharField(max_length=64)
    # QUEUED: not before; SENDING: end of the grace after which nobody knows.
    due_at = models.DateTimeField(null=True, blank=True)
    message_id = models.CharField(max_length=200, blank=True, help_text="RFC 5322, with <>.")
    in_reply_to = models.CharField(max_length=250, blank=True)
    transport = models.CharField(max_length=20, blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = StateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="agents_answer_status", condition=models.Q(status__in=AnswerStatus.values)
            ),
            models.UniqueConstraint(
                fields=["conversation", "form_key"], name="agents_answer_form_once"
            ),
            models.UniqueConstraint(
                fields=["message_id"],
                condition=~models.Q(message_id=""),
                name="agents_answer_id_once",
            ),
            models.CheckConstraint(
                name="agents_answer_open_is_due",
                condition=models.Q(
                    status__in=[AnswerStatus.QUEUED, AnswerStatus.SENDING], due_at__isnull=False
                )
                | (
                    ~models.Q(status__in=[AnswerStatus.QUEUED, AnswerStatus.SENDING])
                    & models.Q(due_at=None)
                ),
            ),
            models.CheckConstraint(
                name="agents_answer_dry_run_never_leaves",
                condition=models.Q(mode=MessageMode.LIVE)
                | models.Q(
                    status__in=[AnswerStatus.QUEUED, AnswerStatus.DRY_RUN, AnswerStatus.FAILED]
                ),
            ),
            models.CheckConstraint(
                name="agents_answer_leaves_with_id",
                condition=~models.Q(
                    status__in=[AnswerStatus.SENDING, AnswerStatus.SENT, AnswerStatus.UNKNOWN]
                )
                | ~models.Q(message_id=""),
            ),
        ]
        indexes = [
            # Read by send_due: which answer is to be sent?
            models.Index(
                fields=["due_at"],
                name="agents_answer_due",
                condition=models.Q(due_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Answer in {self.conversation}"

"""The thread with a lead, and every mail that came in, raw bytes first."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.db import models

from accounts.models import Customer
from agents.models.lead import Lead
from agents.models.message import Message
from agents.states import (
    ANSWER_TRANSITIONS,
    CONVERSATION_TRANSITIONS,
    HUMAN_REPLIES,
    INBOUND_TRANSITIONS,
    AnswerStatus,
    ConversationStatus,
    InboundSource,
    InboundStatus,
    MessageMode,
    ReplyLabel,
)
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
            # Read by the control room: who waits for an answer?
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


class InboundMessage(models.Model):
    """One received mail. Stored before anything is concluded from it; never lost."""

    transitions = INBOUND_TRANSITIONS

    source = models.CharField(max_length=10, choices=InboundSource.choices)
    external_id = models.CharField(max_length=200, help_text="The source's own name for it.")
    content_hash = models.CharField(max_length=64)
    raw = models.BinaryField()
    received_at = models.DateTimeField()
    is_simulated = models.BooleanField(default=False)

    status = models.CharField(
        max_length=10, choices=InboundStatus.choices, default=InboundStatus.PENDING
    )
    # Set while processing is due; also the back-off after a failure.
    due_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    # What the classifier read, and with which version of its rules.
    classifier_version = models.PositiveSmallIntegerField(default=0)
    label = models.CharField(max_length=16, choices=ReplyLabel.choices, blank=True)
    confidence = models.FloatField(null=True, blank=True)
    from_address = models.CharField(max_length=254, blank=True)
    from_name = models.CharField(max_length=120, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    # RFC 3463, when the mail is a delivery report.
    status_code = models.CharField(max_length=11, blank=True)
    resume_on = models.DateField(null=True, blank=True, help_text="The date they named.")
    text = models.TextField(blank=True, help_text="What they wrote, without quotes.")

    # Where it belongs; never across customers.
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, null=True, blank=True, related_name="inbound"
    )
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, null=True, blank=True, related_name="inbound"
    )
    message = models.ForeignKey(
        Message, on_delete=models.SET_NULL, null=True, blank=True, related_name="inbound"
    )
    matched_by = models.CharField(max_length=20, blank=True)
    processed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = StateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="agents_inbound_status", condition=models.Q(status__in=InboundStatus.values)
            ),
            models.UniqueConstraint(
                fields=["source", "external_id"], name="agents_inbound_external_id_once"
            ),
            models.UniqueConstraint(
                fields=["source", "content_hash"], name="agents_inbound_content_once"
            ),
            models.CheckConstraint(
                name="agents_inbound_pending_is_due",
                condition=models.Q(status=InboundStatus.PENDING, due_at__isnull=False)
                | (~models.Q(status=InboundStatus.PENDING) & models.Q(due_at=None)),
            ),
            # Only the pretend internet writes simulated mail, and nothing else.
            models.CheckConstraint(
                name="agents_inbound_simulated_is_sandbox",
                condition=models.Q(is_simulated=False) | models.Q(source=InboundSource.SANDBOX),
            ),
            models.CheckConstraint(
                name="agents_inbound_conversation_has_customer",
                condition=models.Q(conversation=None) | models.Q(customer__isnull=False),
            ),
        ]
        indexes = [
            # Read by process_inbound: which mail is to be read?
            models.Index(
                fields=["due_at"],
                name="agents_inbound_due",
                condition=models.Q(due_at__isnull=False),
            ),
            # Read by the digest: what came in since yesterday?
            models.Index(fields=["received_at"], name="agents_inbound_received"),
            # Read by the portal's first page: on which day did people answer?
            models.Index(
                fields=["customer", "received_at"],
                name="agents_inbound_answers",
                condition=models.Q(label__in=HUMAN_REPLIES),
            ),
            # Read by the thread view.
            models.Index(fields=["conversation", "received_at"], name="agents_inbound_by_thread"),
            # Read by the queue of mail that belongs nowhere.
            models.Index(
                fields=["-received_at"],
                name="agents_inbound_unmatched",
                condition=models.Q(status=InboundStatus.UNMATCHED),
            ),
            # Read by reclassify: what was read by older rules?
            models.Index(fields=["classifier_version"], name="agents_inbound_version"),
        ]

    def __str__(self) -> str:
        return f"{self.label or self.status} from {self.from_address}"


class Answer(models.Model):
    """What a person wrote back from the portal; stored first, sent by the loop, once."""

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


class SandboxReaction(models.Model):
    """What a persona of the sandbox world will answer to one simulated message, and when.

    Made in the transaction that records the dry run, without a persona; the sandbox chooses
    one and the time of its answer. Answered once.
    """

    message = models.OneToOneField(
        Message, on_delete=models.CASCADE, related_name="sandbox_reaction", primary_key=True
    )
    persona = models.CharField(max_length=40, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="agents_sandbox_answered_or_due",
                condition=models.Q(due_at__isnull=False, answered_at=None)
                | models.Q(due_at=None, answered_at__isnull=False),
            ),
        ]
        indexes = [
            # Read by sandbox_reply: whose answer is due?
            models.Index(
                fields=["due_at"],
                name="agents_sandbox_due",
                condition=models.Q(due_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.persona} on {self.message}"

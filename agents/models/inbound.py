"""Every mail that came in, raw bytes first, and what was read in it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models import Customer
from agents.models.conversation import Conversation
from agents.models.message import Message
from agents.states import (
    HUMAN_REPLIES,
    INBOUND_TRANSITIONS,
    InboundSource,
    InboundStatus,
    ReplyLabel,
)
from hossagent.lib.transitions import StateQuerySet


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

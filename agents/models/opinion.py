"""A second reader for replies that the rules are not sure about."""

from __future__ import annotations

from django.db import models

from agents.models.inbound import InboundMessage
from agents.states import Decider, ReplyLabel


class SecondOpinion(models.Model):
    """What the language model takes one received mail for, and whose word counted.

    Made in the transaction that reads the mail, so the rules have acted already; the
    model is asked afterwards, about each mail at most once with an answer.
    """

    inbound = models.OneToOneField(
        InboundMessage, on_delete=models.CASCADE, related_name="second_opinion", primary_key=True
    )
    # Not before; while the model is being asked, the end of the lease. NULL when settled.
    due_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    decided_by = models.CharField(max_length=5, choices=Decider.choices, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    # Empty when the model was of no help.
    label = models.CharField(max_length=16, choices=ReplyLabel.choices, blank=True)
    confidence = models.FloatField(null=True, blank=True)
    words = models.CharField(max_length=300, blank=True, help_text="The passage it relied on.")
    model = models.CharField(max_length=40, blank=True)
    cost_micros = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="agents_opinion_decided_or_due",
                condition=models.Q(decided_by="", due_at__isnull=False, answered_at=None)
                | models.Q(decided_by__in=Decider.values, due_at=None, answered_at__isnull=False),
            ),
            models.CheckConstraint(
                name="agents_opinion_whole_or_none",
                condition=models.Q(label="", confidence=None)
                | (models.Q(label__in=ReplyLabel.values) & models.Q(confidence__isnull=False)),
            ),
        ]
        indexes = [
            # Read by ask_opinions: which mail is to be asked about?
            models.Index(
                fields=["due_at"],
                name="agents_opinion_due",
                condition=models.Q(due_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Opinion on {self.inbound}"

"""The way out: sending addresses, what stopped them, and what happened to their mail."""

from __future__ import annotations

from django.db import models

from agents.models.message import Message
from agents.states import CheckResult, DeliveryKind


class Mailbox(models.Model):
    """One From address: when its next mail may leave."""

    address = models.EmailField(max_length=254, primary_key=True)
    next_send_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "mailboxes"

    def __str__(self) -> str:
        return self.address


class Breaker(models.Model):
    """One time that sending was stopped by the numbers; only a person resets it."""

    code = models.CharField(max_length=40)
    scope = models.CharField(max_length=270, help_text="'all', or 'customer:ID'.")
    sentence = models.CharField(max_length=300)
    numbers = models.JSONField(default=dict)
    tripped_at = models.DateTimeField()
    rearmed_at = models.DateTimeField(null=True, blank=True)
    rearmed_by = models.CharField(max_length=254, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["scope", "code"],
                condition=models.Q(rearmed_at=None),
                name="agents_breaker_one_open",
            ),
            models.CheckConstraint(
                name="agents_breaker_rearmed_by_a_person",
                condition=models.Q(rearmed_at=None, rearmed_by="")
                | (models.Q(rearmed_at__isnull=False) & ~models.Q(rearmed_by="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} ({self.scope})"


class DeliveryEvent(models.Model):
    """One thing a provider or a bounce said about one mail; the same event is one row."""

    source = models.CharField(max_length=10)
    external_id = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=DeliveryKind.choices)
    message = models.ForeignKey(
        Message, on_delete=models.CASCADE, null=True, blank=True, related_name="events"
    )
    email = models.CharField(max_length=254, blank=True)
    detail = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], name="agents_delivery_event_once"
            ),
            models.CheckConstraint(
                name="agents_delivery_event_kind",
                condition=models.Q(kind__in=DeliveryKind.values),
            ),
        ]
        indexes = [
            # Read by the breakers: what came back lately?
            models.Index(fields=["received_at", "kind"], name="agents_delivery_event_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.email}"


class DomainCheck(models.Model):
    """What DNS says about one sending domain, and when it was asked."""

    domain = models.CharField(max_length=253, primary_key=True)
    checked_at = models.DateTimeField()
    spf = models.CharField(max_length=8, choices=CheckResult.choices)
    dkim = models.CharField(max_length=8, choices=CheckResult.choices)
    dmarc = models.CharField(max_length=8, choices=CheckResult.choices)
    # Per record: what was found, what is wrong, and the record to paste.
    details = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.domain

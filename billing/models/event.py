"""Events from Stripe: verified, stored once, processed from their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db import models

from accounts.models import Customer
from billing.states import EVENT_TRANSITIONS, EventStatus
from hossagent.lib.transitions import StateQuerySet

if TYPE_CHECKING:
    from datetime import datetime


class BillingEventQuerySet(StateQuerySet["BillingEvent"]):
    def due(self, *, now: datetime) -> BillingEventQuerySet:
        return self.filter(due_at__lte=now)


class BillingEvent(models.Model):
    """One event. Only its type and ids are used; the state is asked of Stripe anew."""

    transitions = EVENT_TRANSITIONS

    event_id = models.CharField(max_length=255, unique=True)
    type = models.CharField(max_length=80)
    livemode = models.BooleanField()
    api_version = models.CharField(max_length=40, blank=True)
    happened_at = models.DateTimeField()
    object_id = models.CharField(max_length=255, blank=True)
    stripe_customer_id = models.CharField(max_length=64, blank=True)
    customer = models.ForeignKey(
        Customer, on_delete=models.SET_NULL, null=True, blank=True, related_name="billing_events"
    )
    body = models.TextField(blank=True)
    received_at = models.DateTimeField()

    status = models.CharField(
        max_length=10, choices=EventStatus.choices, default=EventStatus.PENDING
    )
    # Set while there is something to do. Claiming moves it on, which is the lease.
    due_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = BillingEventQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="billing_event_status", condition=models.Q(status__in=EventStatus.values)
            ),
            models.CheckConstraint(
                name="billing_event_pending_is_due",
                condition=models.Q(status=EventStatus.PENDING, due_at__isnull=False)
                | (~models.Q(status=EventStatus.PENDING) & models.Q(due_at=None)),
            ),
        ]
        indexes = [
            # Read by billing.process_events: which event is due?
            models.Index(
                fields=["due_at"],
                name="billing_event_due",
                condition=models.Q(due_at__isnull=False),
            ),
            # Read by the console's list and by the purge of old bodies.
            models.Index(fields=["-received_at"], name="billing_event_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"

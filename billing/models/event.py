"""Events from Stripe: verified, stored once, and processed from their rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from django.db import connection, models

from accounts.models import Customer
from billing.states import EVENT_TRANSITIONS, EventStatus
from hossagent.lib.transitions import StateQuerySet

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedEvent:
    """A verified event, as the webhook received it."""

    event_id: str
    type: str
    livemode: bool
    api_version: str
    happened_at: datetime
    object_id: str
    stripe_customer_id: str
    body: str
    received_at: datetime


class BillingEventQuerySet(StateQuerySet["BillingEvent"]):
    def due(self, *, now: datetime) -> BillingEventQuerySet:
        return self.filter(due_at__lte=now)

    def store_once(self, event: ReceivedEvent) -> None:
        """Insert a pending row, due at once. An event that is stored already stays as it is.

        One statement, which commits by itself outside a transaction. `bulk_create` would
        open a transaction around it; benchmarks/webhook.py says what that costs.
        """
        as_column = connection.ops.adapt_datetimefield_value
        received_at = as_column(event.received_at)
        values = (
            event.event_id,
            event.type,
            event.livemode,
            event.api_version,
            as_column(event.happened_at),
            event.object_id,
            event.stripe_customer_id,
            event.body,
            received_at,
            EventStatus.PENDING.value,
            received_at,
        )
        with connection.cursor() as cursor:
            cursor.execute(_INSERT_ONCE, values)


class BillingEvent(models.Model):
    """One event. Only its type and ids are used: processing asks Stripe for the state."""

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
    # Set while there is something to do. Claiming the row moves it ahead.
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
            # Read by the console and /metrics: what failed for good?
            models.Index(
                fields=["received_at"],
                name="billing_event_failed",
                condition=models.Q(status=EventStatus.FAILED),
            ),
            # Read by the console's list and by the purge of old bodies.
            models.Index(fields=["-received_at"], name="billing_event_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"


# SQL that both databases read alike.
_INSERT_ONCE = f"""
    INSERT INTO {BillingEvent._meta.db_table}
        (event_id, type, livemode, api_version, happened_at, object_id, stripe_customer_id,
         body, received_at, status, due_at, attempts, error)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 0, '')
    ON CONFLICT (event_id) DO NOTHING
"""  # noqa: S608, SLF001 # our own table's name, by Django's documented way

"""One planned or sent outreach email: one row per lead, sequence step and mode."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db import models

from accounts.models import Customer
from agents.models.lead import Lead
from agents.states import (
    MESSAGE_OUT,
    MESSAGE_TRANSITIONS,
    AttemptOutcome,
    DeliveryKind,
    MessageMode,
    MessageStatus,
)
from hossagent.lib.transitions import StateQuerySet

if TYPE_CHECKING:
    from datetime import datetime

_IN_FLIGHT = [
    MessageStatus.PLANNED,
    MessageStatus.AWAITING_APPROVAL,
    MessageStatus.QUEUED,
    MessageStatus.CLAIMED,
    MessageStatus.SENDING,
]
# Real mail, or the trace of it; a dry run can have none of these.
_LIVE_ONLY = [MessageStatus.SENDING, MessageStatus.SENT, MessageStatus.UNKNOWN]


class MessageQuerySet(StateQuerySet["Message"]):
    def for_customer(self, customer: Customer) -> MessageQuerySet:
        return self.filter(customer=customer)

    def due(self, *, now: datetime) -> MessageQuerySet:
        """Queued messages whose time has come, longest waiting first."""
        return self.filter(status=MessageStatus.QUEUED, due_at__lte=now).order_by("due_at", "pk")


class Message(models.Model):
    transitions = MESSAGE_TRANSITIONS

    # Its own index would say what agents_message_newest says, and cost every move a write.
    customer = models.ForeignKey(
        Customer, on_delete=models.CASCADE, related_name="messages", db_index=False
    )
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="messages")
    step = models.PositiveSmallIntegerField(help_text="0 is the opener.")
    mode = models.CharField(max_length=8, choices=MessageMode.choices)
    status = models.CharField(
        max_length=18, choices=MessageStatus.choices, default=MessageStatus.PLANNED
    )
    subject = models.CharField(max_length=200)
    body = models.TextField()
    written_by = models.CharField(max_length=40, help_text="'templates' or the model's name.")

    # When somebody must look at the row again. By status: PLANNED not before,
    # AWAITING_APPROVAL expiry, QUEUED not before, CLAIMED end of the lease, SENDING end
    # of the grace after which the outcome is UNKNOWN. NULL when there is nothing to do.
    due_at = models.DateTimeField(null=True, blank=True)
    held_code = models.CharField(max_length=40, blank=True)
    held_reason = models.CharField(max_length=300, blank=True)

    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.CharField(max_length=254, blank=True)

    # Each claim raises it, so that a worker whose lease was taken over cannot go on.
    fence = models.PositiveIntegerField(default=0)
    message_id = models.CharField(max_length=200, blank=True, help_text="RFC 5322, with <>.")
    in_reply_to = models.CharField(max_length=200, blank=True)
    transport = models.CharField(max_length=20, blank=True)
    # The mailbox's domain, written as it begins to leave; the lead's address may change later.
    recipient_domain = models.CharField(max_length=253, blank=True)
    # How often this step was offered to a server that said "later"; copies count on.
    tries = models.PositiveSmallIntegerField(default=0)
    # When the provider or a bounce last spoke of it, and what it said.
    delivery = models.CharField(max_length=12, choices=DeliveryKind.choices, blank=True)
    delivery_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    sending_at = models.DateTimeField(null=True, blank=True)
    # The customer's day that counted it: its zone may be another one by now. Rows that left
    # before this column existed are filled by a backfill, except canceled ones: a canceled
    # row with a day was given back, and those were not.
    counted_on = models.DateField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="agents_message_status", condition=models.Q(status__in=MessageStatus.values)
            ),
            models.CheckConstraint(
                name="agents_message_mode", condition=models.Q(mode__in=MessageMode.values)
            ),
            # Never twice. A canceled row never left, so the step may be planned anew.
            models.UniqueConstraint(
                fields=["lead", "step", "mode"],
                condition=~models.Q(status=MessageStatus.CANCELED),
                name="agents_message_step_once",
            ),
            models.CheckConstraint(
                name="agents_message_dry_run_never_leaves",
                condition=models.Q(mode=MessageMode.LIVE) | ~models.Q(status__in=_LIVE_ONLY),
            ),
            models.CheckConstraint(
                name="agents_message_live_is_no_dry_run",
                condition=models.Q(mode=MessageMode.DRY_RUN)
                | ~models.Q(status=MessageStatus.DRY_RUN),
            ),
            # The identity of the mail is stored before it can leave.
            models.CheckConstraint(
                name="agents_message_leaves_with_id",
                condition=~models.Q(status__in=_LIVE_ONLY)
                | (~models.Q(message_id="") & models.Q(sending_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="agents_message_open_is_due",
                condition=models.Q(status__in=_IN_FLIGHT, due_at__isnull=False)
                | (~models.Q(status__in=_IN_FLIGHT) & models.Q(due_at=None)),
            ),
            models.UniqueConstraint(
                fields=["message_id"],
                condition=~models.Q(message_id=""),
                name="agents_message_id_once",
            ),
        ]
        indexes = [
            # Read by send_due and the sweeper: which rows of this status are due? In their
            # whole order: many wait for the same moment.
            models.Index(
                fields=["status", "due_at", "id"],
                name="agents_message_due",
                condition=models.Q(due_at__isnull=False),
            ),
            # Read by a customer's cycle and by its approval list.
            models.Index(
                fields=["customer", "status", "due_at", "id"],
                name="agents_message_open",
                condition=models.Q(due_at__isnull=False),
            ),
            # Read by the digest: what got an outcome since yesterday?
            models.Index(
                fields=["finished_at"],
                name="agents_message_finished",
                condition=models.Q(finished_at__isnull=False),
            ),
            # Read by the console and /metrics: of which does nobody know whether they left?
            models.Index(
                fields=["sending_at"],
                name="agents_message_unknown",
                condition=models.Q(status=MessageStatus.UNKNOWN),
            ),
            # Read by the portal's first page: what went out, and on which day?
            models.Index(
                fields=["customer", "finished_at"],
                name="agents_message_out",
                condition=models.Q(status__in=MESSAGE_OUT),
            ),
            # Read by the outreach list, newest first.
            models.Index(fields=["customer", "-id"], name="agents_message_newest"),
            # Read by the breakers and the ledger: what has left lately? By mode first, so that
            # the gate's question below cannot be answered from here: the database's numbers
            # about "lately" are always old, and it would read all that left.
            models.Index(
                fields=["mode", "sending_at"],
                name="agents_message_left",
                condition=models.Q(sending_at__isnull=False),
            ),
            # Read by the send gate: what has left for these domains lately?
            models.Index(
                fields=["recipient_domain", "sending_at"],
                name="agents_message_left_for",
                condition=models.Q(sending_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Step {self.step} to {self.lead}"


class SendAttempt(models.Model):
    """Every time a message was tried, including throttled and refused; pruned by count.

    Plain ids instead of foreign keys: the log neither slows deletes nor outlives reason.
    """

    at = models.DateTimeField()
    customer_id = models.BigIntegerField()
    message_pk = models.BigIntegerField()
    lead_id = models.BigIntegerField()
    email = models.CharField(max_length=254)
    subject = models.CharField(max_length=200)
    mode = models.CharField(max_length=10, help_text="DRY_RUN, SENDGRID or SMTP.")
    outcome = models.CharField(max_length=10, choices=AttemptOutcome.choices)
    code = models.CharField(max_length=40, blank=True)
    detail = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="agents_attempt_outcome",
                condition=models.Q(outcome__in=AttemptOutcome.values),
            ),
        ]
        indexes = [
            # Read by the customer's sending page and the digest.
            models.Index(fields=["customer_id", "-at"], name="agents_attempt_by_customer"),
            models.Index(fields=["-at"], name="agents_attempt_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} {self.email}"

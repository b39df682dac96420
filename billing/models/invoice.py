"""Internal work summaries: one line per finished task, payable only when issued."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models import Customer
from billing.states import INVOICE_TRANSITIONS, InvoiceStatus
from hossagent.lib.transitions import StateQuerySet


class Invoice(models.Model):
    """A work summary. One service keeps `total_cents` equal to the sum of its lines."""

    transitions = INVOICE_TRANSITIONS

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="invoices")
    status = models.CharField(
        max_length=10, choices=InvoiceStatus.choices, default=InvoiceStatus.DRAFT
    )
    total_cents = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField()
    # A draft takes lines until then: the end of its month in the customer's time zone.
    closes_at = models.DateTimeField(null=True, blank=True)
    # The period is over. It takes no more lines; the operator issues or voids it.
    closed_at = models.DateTimeField(null=True, blank=True)
    issued_at = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)
    payment_url = models.URLField(max_length=500, blank=True)
    payment_link_id = models.CharField(max_length=64, blank=True)
    # Why a draft has no payment link yet; shown to the operator.
    held_reason = models.CharField(max_length=200, blank=True)

    objects: ClassVar = StateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="billing_invoice_status", condition=models.Q(status__in=InvoiceStatus.values)
            ),
            models.UniqueConstraint(
                fields=["customer"],
                condition=models.Q(status=InvoiceStatus.DRAFT, closed_at=None),
                name="billing_invoice_one_open_draft",
            ),
            models.CheckConstraint(
                name="billing_invoice_open_was_issued",
                condition=~models.Q(status__in=[InvoiceStatus.OPEN, InvoiceStatus.PAID])
                | models.Q(issued_at__isnull=False),
            ),
            models.CheckConstraint(
                name="billing_invoice_paid_has_time",
                condition=models.Q(status=InvoiceStatus.PAID, paid_at__isnull=False)
                | (~models.Q(status=InvoiceStatus.PAID) & models.Q(paid_at=None)),
            ),
            models.CheckConstraint(
                name="billing_invoice_draft_is_not_payable",
                condition=~models.Q(status=InvoiceStatus.DRAFT) | models.Q(payment_url=""),
            ),
        ]
        indexes = [
            # Read by the portal's and the console's invoice lists.
            models.Index(fields=["customer", "-created_at"], name="billing_invoice_by_customer"),
        ]

    def __str__(self) -> str:
        return f"Work summary {self.pk}"


class InvoiceLine(models.Model):
    """One finished task. The task points here one to one, so it is billed only once."""

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines")
    description = models.CharField(max_length=200)
    amount_cents = models.PositiveBigIntegerField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.description

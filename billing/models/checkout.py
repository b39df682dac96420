"""Visits to Stripe's checkout, and differences found between Stripe and our rows."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from accounts.models import Customer
from billing.states import CHECKOUT_TRANSITIONS, CheckoutPurpose, CheckoutStatus
from hossagent.lib.transitions import StateQuerySet


class Checkout(models.Model):
    """One checkout session. Its id is the idempotency key of the call that opens it. Only
    one can be open per customer, so that two tabs cannot buy twice."""

    transitions = CHECKOUT_TRANSITIONS

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="checkouts")
    purpose = models.CharField(max_length=10, choices=CheckoutPurpose.choices)
    status = models.CharField(
        max_length=10, choices=CheckoutStatus.choices, default=CheckoutStatus.OPEN
    )
    # Empty until Stripe has answered.
    stripe_session_id = models.CharField(max_length=255, blank=True)
    url = models.TextField(blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar = StateQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="billing_checkout_status", condition=models.Q(status__in=CheckoutStatus.values)
            ),
            models.CheckConstraint(
                name="billing_checkout_purpose",
                condition=models.Q(purpose__in=CheckoutPurpose.values),
            ),
            models.UniqueConstraint(
                fields=["customer"],
                condition=models.Q(status=CheckoutStatus.OPEN),
                name="billing_checkout_one_open",
            ),
            models.UniqueConstraint(
                fields=["stripe_session_id"],
                condition=~models.Q(stripe_session_id=""),
                name="billing_checkout_session_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} by {self.customer} ({self.status})"


class Drift(models.Model):
    """What was found different at Stripe, and whether it was repaired."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="drifts")
    found_at = models.DateTimeField()
    # {"status": {"ours": "active", "stripe": "canceled"}, ...}
    differences = models.JSONField()
    is_repaired = models.BooleanField()

    class Meta:
        ordering = ["-found_at", "-pk"]
        indexes = [
            # Read by the console and by diagnostics.
            models.Index(fields=["-found_at"], name="billing_drift_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.customer}: {', '.join(sorted(self.differences))}"

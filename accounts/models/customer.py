"""The agency that pays us, and the house: the operator's own customer row."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, ClassVar

from django.db import models

if TYPE_CHECKING:
    from datetime import datetime


def make_public_token() -> str:
    """256 random bits for the view-as-customer address; nobody guesses one."""
    return secrets.token_urlsafe(32)


class CustomerQuerySet(models.QuerySet["Customer"]):
    def due(self, *, now: datetime) -> CustomerQuerySet:
        """Customers whose cycle is due and that no living worker has leased."""
        return self.filter(autopilot=True, next_run_at__lte=now).filter(
            models.Q(lease_until=None) | models.Q(lease_until__lte=now)
        )

    def lock(self, pk: int) -> Customer:
        """Hold the customer's row until the transaction ends, and return it as it is now.

        Whoever changes what belongs to a customer takes this first, then the rows. It is FOR
        NO KEY UPDATE: lockers take turns, and others may still insert rows that point here.
        Raises `Customer.DoesNotExist`.
        """
        return self.select_for_update(no_key=True).get(pk=pk)

    def lock_all(self) -> list[Customer]:
        """The same for all that are selected, in the one order that every locker uses."""
        return list(self.select_for_update(no_key=True).order_by("pk"))


class Customer(models.Model):
    company = models.CharField(max_length=200)
    contact_name = models.CharField(max_length=120, blank=True)
    email = models.EmailField(max_length=254)
    niche = models.CharField(max_length=200, blank=True)
    geography = models.CharField(max_length=200, blank=True)
    timezone = models.CharField(max_length=64, default="America/New_York")
    public_token = models.CharField(max_length=64, unique=True, default=make_public_token)
    is_house = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    autopilot = models.BooleanField(default=True)
    # The autopilot's lease: when the next run is due, until when a worker has the customer,
    # and a fence that tells a worker that another one has leased it since.
    next_run_at = models.DateTimeField(null=True, blank=True)
    # When the last whole cycle began; `schedule_now` brings a short run between two of them.
    last_cycle_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    fence = models.PositiveBigIntegerField(default=0)

    objects: ClassVar = CustomerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["is_house"],
                condition=models.Q(is_house=True),
                name="accounts_customer_one_house",
            ),
            models.CheckConstraint(
                name="accounts_customer_closed_has_no_autopilot",
                condition=models.Q(closed_at=None) | models.Q(autopilot=False),
            ),
        ]
        indexes = [
            # Read by the autopilot: whose run is due?
            models.Index(
                fields=["next_run_at"],
                name="accounts_customer_due",
                condition=models.Q(autopilot=True),
            ),
        ]

    def __str__(self) -> str:
        return self.company

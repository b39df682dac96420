"""Bring one customer's mirror and projection to Stripe's current state."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from accounts.models import Customer
from billing import gateway
from billing.models import Subscription
from billing.stripe_sync import project, store

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from billing.stripe_sync.stripe_objects import StripeObject

logger = logging.getLogger("billing.stripe_sync")

TRIES = 5


class StateKeptChanging(gateway.StripeUnavailable):
    """Others wrote newer states at every try; come back later."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync found. `row` is locked while `and_then` runs."""

    row: Subscription
    subscriptions: list[StripeObject]
    invoices: list[StripeObject]
    changed: dict[str, dict[str, str]]

    def invoice(self, invoice_id: str) -> StripeObject | None:
        return next((i for i in self.invoices if i["id"] == invoice_id), None)


def sync_customer(
    *,
    customer_id: int,
    now: datetime,
    and_then: Callable[[Synced], None] | None = None,
    all_pages: bool = False,
) -> Synced | None:
    """Fetch the customer's subscriptions and invoices, mirror them and project them.

    The network is asked before the transaction. In it the customer is locked, and the
    fetched state is written only when nobody wrote since before it was fetched;
    otherwise it may be older than what is there, and is fetched again. So a slow worker
    never puts back what a fast one has replaced. `and_then` runs in the transaction.

    Returns None for a customer that Stripe does not know. Raises `StateKeptChanging`
    and the gateway's errors; nothing is written then.
    """
    for _ in range(TRIES):
        row = Subscription.objects.get(customer_id=customer_id)
        if not row.stripe_customer_id:
            return None
        subscriptions = gateway.list_subscriptions(stripe_customer_id=row.stripe_customer_id)
        invoices = gateway.list_invoices(
            stripe_customer_id=row.stripe_customer_id, all_pages=all_pages
        )
        with transaction.atomic():
            locked = lock_subscription(customer_id=customer_id)
            if locked.projection_version != row.projection_version:
                continue
            _mirror(locked, subscriptions, invoices)
            synced = Synced(locked, subscriptions, invoices, project.project(row=locked, now=now))
            if and_then is not None:
                and_then(synced)
        return synced
    raise StateKeptChanging(f"customer {customer_id}: {TRIES} tries")


def lock_subscription(*, customer_id: int) -> Subscription:
    """The customer's subscription row for a change; call it inside a transaction.

    Lock order everywhere: the customer first, then its rows.
    """
    Customer.objects.select_for_update(no_key=True).only("pk").get(pk=customer_id)
    return Subscription.objects.select_for_update(no_key=True).get(customer_id=customer_id)


def _mirror(
    row: Subscription, subscriptions: list[StripeObject], invoices: list[StripeObject]
) -> None:
    store.ensure_customer(row.stripe_customer_id, customer_id=row.pk)
    store.store_subscriptions(subscriptions)
    store.store_invoices(invoices, subscription_ids={str(s["id"]) for s in subscriptions})

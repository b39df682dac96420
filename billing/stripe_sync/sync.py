"""Brings one customer's rows to Stripe's current state: fetch, store, project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from accounts.models import Customer
from billing import gateway
from billing.models import Subscription
from billing.stripe_sync import project, store
from billing.stripe_sync.fetch import fetch_customer_state

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from billing.stripe_sync.project import Differences
    from billing.stripe_sync.stripe_objects import StripeObject

TRIES = 5


class StateKeptChanging(gateway.StripeUnavailable):
    """Other workers wrote newer states at every try. Come back later."""


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync found. `row` is locked while `and_then` runs."""

    row: Subscription
    subscriptions: list[StripeObject]
    invoices: list[StripeObject]
    changed: Differences

    def invoice(self, invoice_id: str) -> StripeObject | None:
        return next((i for i in self.invoices if i["id"] == invoice_id), None)


def sync_customer(
    *,
    customer_id: int,
    now: datetime,
    and_then: Callable[[Synced], None] | None = None,
    all_pages: bool = False,
) -> Synced | None:
    """Bring the customer's mirror and subscription row to Stripe's current state.

    1. Ask Stripe, outside any transaction.
    2. Lock the customer. If somebody wrote a state since step 1 began, ours may be older:
       start over, so that a slow worker never undoes what a fast one wrote.
    3. Store, project, and run `and_then`, all in one transaction.

    Returns None for a customer that Stripe does not know. Raises `StateKeptChanging` and
    the gateway's errors, with nothing written.
    """
    for _ in range(TRIES):
        row = Subscription.objects.get(customer_id=customer_id)
        if not row.stripe_customer_id:
            return None
        state = fetch_customer_state(stripe_customer_id=row.stripe_customer_id, all_pages=all_pages)
        with transaction.atomic():
            locked = lock_subscription(customer_id=customer_id)
            if locked.projection_version != row.projection_version:
                continue
            store.store_customer_objects(
                customer_id=locked.pk,
                stripe_customer_id=locked.stripe_customer_id,
                subscriptions=state.subscriptions,
                invoices=state.invoices,
            )
            changed = project.write_projection(row=locked, now=now)
            synced = Synced(locked, state.subscriptions, state.invoices, changed)
            if and_then is not None:
                and_then(synced)
        return synced
    raise StateKeptChanging(f"customer {customer_id}: {TRIES} tries")


def lock_subscription(*, customer_id: int) -> Subscription:
    """The customer's subscription row, locked for a change. Call it in a transaction.

    The lock order is the same everywhere: the customer first, then its rows.
    """
    Customer.objects.select_for_update(no_key=True).only("pk").get(pk=customer_id)
    return Subscription.objects.select_for_update(no_key=True).get(customer_id=customer_id)

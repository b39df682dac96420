"""The link between our customer and the one at Stripe, which is made once."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.db import transaction

from billing import gateway
from billing.models import Subscription
from billing.services.reconcile import RECONCILE_EVERY
from billing.stripe_sync import store
from billing.stripe_sync.sync import lock_subscription

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer

logger = logging.getLogger("billing.customers")


def ensure_stripe_customer(*, customer: Customer, now: datetime) -> str:
    """The customer's id at Stripe. The first call creates the customer there.

    Two concurrent callers get the same one, because of the idempotency key. Raises the
    gateway's errors. A name or address that Stripe refuses is logged and left out.
    """
    row = Subscription.objects.get(customer_id=customer.pk)
    if row.stripe_customer_id:
        return row.stripe_customer_id
    made = gateway.create_customer(customer_id=customer.pk, created_at=customer.created_at)
    try:
        made = gateway.update_customer(
            stripe_customer_id=made["id"], email=customer.email, name=customer.company
        )
    except gateway.StripeRefused as error:
        logger.warning("[STRIPE][CUSTOMER_DETAILS_REFUSED] customer_id=%s %s", customer.pk, error)
    with transaction.atomic():
        row = lock_subscription(customer_id=customer.pk)
        if not row.stripe_customer_id:
            link_stripe_customer(row=row, stripe_customer_id=str(made["id"]), now=now)
            store.store_customer(customer=made, customer_id=customer.pk)
    return row.stripe_customer_id


def link_stripe_customer(*, row: Subscription, stripe_customer_id: str, now: datetime) -> None:
    """Record who the customer is at Stripe. `row` is locked and has no link yet."""
    Subscription.objects.filter(pk=row.pk, stripe_customer_id="").update(
        stripe_customer_id=stripe_customer_id, reconcile_at=now + RECONCILE_EVERY
    )
    row.stripe_customer_id = stripe_customer_id

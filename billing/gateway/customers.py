"""Customers at Stripe, with their cards, subscriptions and invoices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from billing.gateway.client import PAGE, as_dict, calling, epoch, idempotency_key

if TYPE_CHECKING:
    from datetime import datetime

    from billing.stripe_sync.stripe_objects import StripeObject


def create_customer(*, customer_id: int, created_at: datetime) -> StripeObject:
    """Create the customer with nothing that can change: Stripe would refuse a repeated call
    with a new address as a different request. `update_customer` adds name and address."""
    with calling() as client:
        return as_dict(
            client.v1.customers.create(
                params={
                    "metadata": {settings.DJSTRIPE_SUBSCRIBER_CUSTOMER_KEY: str(customer_id)},
                },
                # `created_at` tells customer 1 of a rebuilt database from the old one.
                options={
                    "idempotency_key": idempotency_key("customer", customer_id, epoch(created_at))
                },
            )
        )


def update_customer(*, stripe_customer_id: str, email: str, name: str) -> StripeObject:
    with calling() as client:
        return as_dict(
            client.v1.customers.update(stripe_customer_id, params={"email": email, "name": name})
        )


def list_card_fingerprints(*, stripe_customer_id: str) -> list[str]:
    """The fingerprints of the customer's cards. A card has the same one for every customer."""
    with calling() as client:
        found = client.v1.customers.payment_methods.list(
            stripe_customer_id, params={"type": "card", "limit": PAGE}
        )
        cards = [as_dict(method).get("card") or {} for method in found.data]
    return [str(card["fingerprint"]) for card in cards if card.get("fingerprint")]


def list_subscriptions(*, stripe_customer_id: str) -> list[StripeObject]:
    """Every subscription of the customer, ended ones included."""
    with calling() as client:
        found = client.v1.subscriptions.list(
            params={"customer": stripe_customer_id, "status": "all", "limit": PAGE}
        )
        return [as_dict(subscription) for subscription in found.auto_paging_iter()]


def list_invoices(*, stripe_customer_id: str, all_pages: bool = False) -> list[StripeObject]:
    """The newest hundred invoices of the customer, or all of them."""
    with calling() as client:
        found = client.v1.invoices.list(params={"customer": stripe_customer_id, "limit": PAGE})
        pages = found.auto_paging_iter() if all_pages else iter(found.data)
        return [as_dict(invoice) for invoice in pages]

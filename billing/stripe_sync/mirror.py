"""Reads Stripe's objects from dj-stripe's tables, as they were last stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djstripe.models import Invoice, Price, Product, Subscription

if TYPE_CHECKING:
    from billing.stripe_sync.stripe_objects import StripeObject


def list_subscriptions(*, stripe_customer_id: str) -> list[StripeObject]:
    rows = Subscription.objects.filter(customer_id=stripe_customer_id)
    return list(rows.values_list("stripe_data", flat=True))


def list_invoices(*, stripe_customer_id: str) -> list[StripeObject]:
    """All stored invoices of a Stripe customer, newest first."""
    rows = Invoice.objects.filter(customer_id=stripe_customer_id).order_by("-created", "-id")
    return list(rows.values_list("stripe_data", flat=True))


def list_active_prices(*, lookup_key: str) -> list[StripeObject]:
    rows = Price.objects.filter(lookup_key=lookup_key, active=True)
    return list(rows.values_list("stripe_data", flat=True))


def has_product(*, product_id: str) -> bool:
    """The product is stored and can be sold."""
    return Product.objects.filter(id=product_id, active=True).exists()

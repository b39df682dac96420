"""Stripe's objects in dj-stripe's tables: the one writer of those rows.

The rows are written from objects that `billing.gateway` fetched, with no call of their
own: dj-stripe's sync functions would fetch what they miss in the middle of a transaction
and keep the secret key in a table. Everything beyond ids is read from `stripe_data`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from djstripe.models import Customer, Invoice, Price, Product, Subscription

from billing.stripe_sync import stripe_objects

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db import models

    from billing.stripe_sync.stripe_objects import StripeObject

COMMON = ["livemode", "created", "metadata", "stripe_data", "djstripe_updated"]


def _common(thing: StripeObject) -> dict[str, Any]:
    return {
        "id": thing["id"],
        "livemode": thing.get("livemode"),
        "created": stripe_objects.moment(thing.get("created")),
        "metadata": thing.get("metadata") or {},
        "stripe_data": thing,
    }


def _store(model: type[models.Model], rows: list[Any], fields: list[str]) -> None:
    if rows:
        model._default_manager.bulk_create(  # noqa: SLF001 # Django's own name for it
            rows,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=[*COMMON, *fields],
        )


def store_product(product: StripeObject) -> None:
    row = Product(
        **_common(product), name=product.get("name") or "", active=product.get("active", True)
    )
    _store(Product, [row], ["name", "active"])


def store_price(price: StripeObject) -> None:
    row = Price(
        **_common(price),
        active=price.get("active", True),
        currency=price.get("currency") or "usd",
        nickname=price.get("nickname") or "",
        product_id=stripe_objects.reference(price.get("product")),
        lookup_key=price.get("lookup_key"),
    )
    _store(Price, [row], ["active", "currency", "nickname", "product", "lookup_key"])


def store_customer(customer: StripeObject, *, customer_id: int) -> None:
    """The link to our customer is ours to give: Stripe's metadata never changes it."""
    row = Customer(
        **_common(customer), email=customer.get("email") or "", subscriber_id=customer_id
    )
    _store(Customer, [row], ["email", "subscriber"])


def ensure_customer(stripe_customer_id: str, *, customer_id: int) -> None:
    """The row that subscriptions and invoices point to, should it be missing."""
    row = Customer(id=stripe_customer_id, subscriber_id=customer_id)
    Customer.objects.bulk_create([row], ignore_conflicts=True)


def store_subscriptions(subscriptions: Iterable[StripeObject]) -> None:
    rows = [
        Subscription(**_common(thing), customer_id=stripe_objects.reference(thing.get("customer")))
        for thing in subscriptions
    ]
    _store(Subscription, rows, ["customer"])


def store_invoices(invoices: Iterable[StripeObject], *, subscription_ids: set[str]) -> None:
    """`subscription_ids` are those already in the mirror; others are left unlinked."""
    rows = [
        Invoice(
            **_common(thing),
            customer_id=stripe_objects.reference(thing.get("customer")),
            subscription_id=(
                found
                if (found := stripe_objects.invoice_subscription(thing)) in subscription_ids
                else None
            ),
        )
        for thing in invoices
    ]
    _store(Invoice, rows, ["customer", "subscription"])


def subscriptions_of(stripe_customer_id: str) -> list[StripeObject]:
    rows = Subscription.objects.filter(customer_id=stripe_customer_id)
    return list(rows.values_list("stripe_data", flat=True))


def invoices_of(stripe_customer_id: str) -> list[StripeObject]:
    """All mirrored invoices of a Stripe customer, newest first."""
    rows = Invoice.objects.filter(customer_id=stripe_customer_id).order_by("-created", "-id")
    return list(rows.values_list("stripe_data", flat=True))


def active_prices(lookup_key: str) -> list[StripeObject]:
    rows = Price.objects.filter(lookup_key=lookup_key, active=True)
    return list(rows.values_list("stripe_data", flat=True))


def has_product(product_id: str) -> bool:
    return Product.objects.filter(id=product_id, active=True).exists()

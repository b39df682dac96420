"""Step two: write fetched objects into dj-stripe's tables. The only writer of those rows.

No function here makes a call. dj-stripe's own sync functions would fetch what they miss
in the middle of a transaction, and would save the secret key in a table (docs/adr/0006).
Beyond ids and a few columns, everything is read from `stripe_data`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from djstripe.models import Customer, Invoice, Price, Product, Subscription

from billing.stripe_sync import stripe_objects

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db import models

    from billing.stripe_sync.stripe_objects import StripeObject

COMMON_FIELDS = ["livemode", "created", "metadata", "stripe_data", "djstripe_updated"]


def store_customer_objects(
    *,
    customer_id: int,
    stripe_customer_id: str,
    subscriptions: list[StripeObject],
    invoices: list[StripeObject],
) -> None:
    """Everything that was fetched about one customer; stored rows not in it stay."""
    _ensure_customer_row(stripe_customer_id, customer_id=customer_id)
    store_subscriptions(subscriptions=subscriptions)
    store_invoices(invoices=invoices, subscription_ids={str(one["id"]) for one in subscriptions})


def _ensure_customer_row(stripe_customer_id: str, *, customer_id: int) -> None:
    """The row that subscriptions and invoices point to, in case it is missing."""
    row = Customer(id=stripe_customer_id, subscriber_id=customer_id)
    Customer.objects.bulk_create([row], ignore_conflicts=True)


def store_subscriptions(*, subscriptions: Iterable[StripeObject]) -> None:
    rows = [
        Subscription(**_common_values(one), customer_id=stripe_objects.id_of(one.get("customer")))
        for one in subscriptions
    ]
    _upsert(Subscription, rows, ["customer"])


def store_invoices(*, invoices: Iterable[StripeObject], subscription_ids: set[str]) -> None:
    """Invoices of subscriptions outside `subscription_ids` are stored without the link."""
    rows = [
        Invoice(
            **_common_values(one),
            customer_id=stripe_objects.id_of(one.get("customer")),
            subscription_id=(
                found
                if (found := stripe_objects.invoice_subscription_id(one)) in subscription_ids
                else None
            ),
        )
        for one in invoices
    ]
    _upsert(Invoice, rows, ["customer", "subscription"])


def store_customer(*, customer: StripeObject, customer_id: int) -> None:
    """The link to our customer is ours to set: Stripe's metadata never changes it."""
    row = Customer(
        **_common_values(customer), email=customer.get("email") or "", subscriber_id=customer_id
    )
    _upsert(Customer, [row], ["email", "subscriber"])


def store_product(*, product: StripeObject) -> None:
    row = Product(
        **_common_values(product),
        name=product.get("name") or "",
        active=product.get("active", True),
    )
    _upsert(Product, [row], ["name", "active"])


def store_price(*, price: StripeObject) -> None:
    row = Price(
        **_common_values(price),
        active=price.get("active", True),
        currency=price.get("currency") or "usd",
        nickname=price.get("nickname") or "",
        product_id=stripe_objects.id_of(price.get("product")),
        lookup_key=price.get("lookup_key"),
    )
    _upsert(Price, [row], ["active", "currency", "nickname", "product", "lookup_key"])


def _common_values(thing: StripeObject) -> dict[str, Any]:
    return {
        "id": thing["id"],
        "livemode": thing.get("livemode"),
        "created": stripe_objects.to_datetime(thing.get("created")),
        "metadata": thing.get("metadata") or {},
        "stripe_data": thing,
    }


def _upsert(model: type[models.Model], rows: list[Any], fields: list[str]) -> None:
    if rows:
        model._default_manager.bulk_create(  # noqa: SLF001 # Django's own name for it
            rows,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=[*COMMON_FIELDS, *fields],
        )

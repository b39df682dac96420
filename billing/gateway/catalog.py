"""The account, its webhook endpoints, and what it sells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from billing.gateway.client import PAGE, as_dict, calling, idempotency_key
from billing.gateway.errors import StripeRefused

if TYPE_CHECKING:
    from billing.plans import Plan
    from billing.stripe_sync.stripe_objects import StripeObject


def retrieve_account() -> StripeObject:
    """The account the key belongs to: the cheapest call that shows the key works."""
    with calling() as client:
        return as_dict(client.v1.accounts.retrieve_current())


def find_product(*, plan: Plan) -> StripeObject | None:
    """The plan's product, found by the id we gave it; None if there is none."""
    try:
        with calling() as client:
            return as_dict(client.v1.products.retrieve(plan.key))
    except StripeRefused as error:
        if error.code == "resource_missing":
            return None
        raise


def create_product(*, plan: Plan) -> StripeObject:
    with calling() as client:
        return as_dict(
            client.v1.products.create(
                params={"id": plan.key, "name": plan.name, "metadata": {"hossagent_plan": plan.key}}
            )
        )


def list_prices(*, plan: Plan) -> list[StripeObject]:
    """The active prices under the plan's lookup key: one, or none so far."""
    with calling() as client:
        found = client.v1.prices.list(
            params={"lookup_keys": [plan.key], "active": True, "limit": PAGE}
        )
        return [as_dict(price) for price in found.data]


def create_price(*, plan: Plan, replaces: str) -> StripeObject:
    """A monthly price that takes over the plan's lookup key.

    The replaced price is part of the idempotency key. Otherwise, going back to an old
    amount would return the old price, which is no longer active.
    """
    with calling() as client:
        return as_dict(
            client.v1.prices.create(
                params={
                    "product": plan.key,
                    "currency": "usd",
                    "unit_amount": plan.price_cents,
                    "recurring": {"interval": "month"},
                    "lookup_key": plan.key,
                    "transfer_lookup_key": True,
                },
                options={
                    "idempotency_key": idempotency_key(
                        "price", plan.key, plan.price_cents, replaces or "first"
                    )
                },
            )
        )


def deactivate_price(*, price_id: str) -> StripeObject:
    """Nobody can buy at this price anymore. Those who already pay it keep it."""
    with calling() as client:
        return as_dict(client.v1.prices.update(price_id, params={"active": False}))


def list_webhook_endpoints() -> list[StripeObject]:
    """The webhook endpoints set up at Stripe, for diagnostics."""
    with calling() as client:
        found = client.v1.webhook_endpoints.list(params={"limit": PAGE})
        return [as_dict(endpoint) for endpoint in found.data]

"""The plan's product and price at Stripe: created once, found again, repriced safely."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from billing import gateway
from billing.plans import PRO, Plan
from billing.stripe_sync import mirror, store

if TYPE_CHECKING:
    from billing.stripe_sync.stripe_objects import StripeObject

logger = logging.getLogger("billing.catalog")


@dataclass(frozen=True, slots=True)
class Catalog:
    product_id: str
    price_id: str


def ensure_catalog(*, plan: Plan = PRO) -> Catalog:
    """The plan's product and its current price, created when Stripe has none.

    The product is found by our id, the price by its lookup key. A changed amount creates a
    new price, which takes over the lookup key, and deactivates the old one. Subscriptions
    keep the price they started with. A second call changes nothing.
    """
    product = gateway.find_product(plan=plan) or gateway.create_product(plan=plan)
    prices = gateway.list_prices(plan=plan)
    current = next((price for price in prices if _is_current(price, plan)), None)
    if current is None:
        replaced = max(prices, key=lambda price: int(price["created"]), default=None)
        current = gateway.create_price(plan=plan, replaces=replaced["id"] if replaced else "")
        logger.info("[STRIPE][PRICE_CREATED] price=%s cents=%s", current["id"], plan.price_cents)
    store.store_product(product=product)
    for price in prices:
        if price["id"] != current["id"]:
            # Stored too. Otherwise the mirror would have two active prices for one lookup key.
            store.store_price(price=gateway.deactivate_price(price_id=price["id"]))
    store.store_price(price=current)
    return Catalog(str(product["id"]), str(current["id"]))


def _is_current(price: StripeObject, plan: Plan) -> bool:
    recurring = price.get("recurring") or {}
    return (
        price.get("unit_amount") == plan.price_cents
        and price.get("currency") == "usd"
        and recurring.get("interval") == "month"
        and (recurring.get("interval_count") or 1) == 1
    )


def get_price_id(*, plan: Plan = PRO) -> str:
    """The current price: from the mirror if it is there and correct, otherwise from Stripe."""
    for price in mirror.list_active_prices(lookup_key=plan.key):
        if _is_current(price, plan):
            return str(price["id"])
    return ensure_catalog(plan=plan).price_id

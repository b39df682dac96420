"""Step one: ask Stripe for a customer's subscriptions and invoices as they are now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from billing import gateway

if TYPE_CHECKING:
    from billing.stripe_sync.stripe_objects import StripeObject


@dataclass(frozen=True, slots=True)
class CustomerState:
    """What Stripe says about one customer, ended subscriptions included."""

    subscriptions: list[StripeObject]
    invoices: list[StripeObject]


def fetch_customer_state(*, stripe_customer_id: str, all_pages: bool = False) -> CustomerState:
    """The newest hundred invoices, or all of them. Call it outside any transaction.

    Raises the gateway's errors.
    """
    return CustomerState(
        subscriptions=gateway.list_subscriptions(stripe_customer_id=stripe_customer_id),
        invoices=gateway.list_invoices(stripe_customer_id=stripe_customer_id, all_pages=all_pages),
    )

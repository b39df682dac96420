"""Every outgoing call to Stripe. Nothing else in the project may make one.

With Stripe off, each function raises `StripeIsOff` before it builds anything. Objects come
back as plain dictionaries. A call that creates something carries an idempotency key made
of our own row's id, so that a repeated call returns the first one's result.
"""

from __future__ import annotations

from billing.gateway.catalog import (
    create_price,
    create_product,
    deactivate_price,
    find_product,
    list_prices,
    list_webhook_endpoints,
    retrieve_account,
)
from billing.gateway.checkout import (
    CheckoutRequest,
    create_checkout_session,
    create_portal_session,
    expire_checkout_session,
    retrieve_checkout_session,
)
from billing.gateway.client import (
    disable_default_client,
    http_client,
    is_live_mode,
    log_misconfiguration,
)
from billing.gateway.customers import (
    create_customer,
    list_card_fingerprints,
    list_invoices,
    list_subscriptions,
    update_customer,
)
from billing.gateway.errors import (
    CardDeclined,
    StripeError,
    StripeIsOff,
    StripeRefused,
    StripeUnavailable,
)
from billing.gateway.payment_links import (
    create_payment_link,
    deactivate_payment_link,
)
from billing.gateway.subscriptions import (
    cancel_now,
    end_trial,
    schedule_cancel,
)

__all__ = [
    "CardDeclined",
    "CheckoutRequest",
    "StripeError",
    "StripeIsOff",
    "StripeRefused",
    "StripeUnavailable",
    "cancel_now",
    "create_checkout_session",
    "create_customer",
    "create_payment_link",
    "create_portal_session",
    "create_price",
    "create_product",
    "deactivate_payment_link",
    "deactivate_price",
    "disable_default_client",
    "end_trial",
    "expire_checkout_session",
    "find_product",
    "http_client",
    "is_live_mode",
    "list_card_fingerprints",
    "list_invoices",
    "list_prices",
    "list_subscriptions",
    "list_webhook_endpoints",
    "log_misconfiguration",
    "retrieve_account",
    "retrieve_checkout_session",
    "schedule_cancel",
    "update_customer",
]

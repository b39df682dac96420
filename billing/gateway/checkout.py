"""Stripe's hosted pages: checkout and the billing portal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from billing.gateway.client import PAGE, calling, epoch, idempotency_key, plain
from billing.gateway.errors import StripeRefused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    import stripe
    from stripe.params.checkout import (
        SessionCreateParams,
        SessionCreateParamsSubscriptionData,
    )

    from billing.stripe_sync.stripe_objects import StripeObject


def create_checkout_session(
    *,
    checkout_id: int,
    created_at: datetime,
    stripe_customer_id: str,
    price_id: str,
    trial: SessionCreateParamsSubscriptionData | None,
    success_url: str,
    cancel_url: str,
    metadata: Mapping[str, str],
) -> StripeObject:
    """A hosted page where the customer subscribes. `trial` holds `trial_end` or
    `trial_period_days`, or is None to charge at once."""
    subscription: SessionCreateParamsSubscriptionData = {"metadata": dict(metadata)}
    if trial:
        subscription |= trial
        subscription["trial_settings"] = {"end_behavior": {"missing_payment_method": "cancel"}}
    params: SessionCreateParams = {
        "mode": "subscription",
        "customer": stripe_customer_id,
        "client_reference_id": str(checkout_id),
        "line_items": [{"price": price_id, "quantity": 1}],
        "payment_method_collection": "always",
        "allow_promotion_codes": True,
        "subscription_data": subscription,
        "success_url": success_url,
        "cancel_url": cancel_url,
        "metadata": dict(metadata),
    }
    with calling() as client:
        return plain(
            client.v1.checkout.sessions.create(
                params=params,
                options={
                    "idempotency_key": idempotency_key("checkout", checkout_id, epoch(created_at))
                },
            )
        )


def retrieve_checkout_session(*, session_id: str) -> StripeObject:
    with calling() as client:
        return plain(client.v1.checkout.sessions.retrieve(session_id))


def expire_checkout_session(*, session_id: str) -> bool:
    """Nobody can pay in this session any more. False when it was no longer open."""
    try:
        with calling() as client:
            client.v1.checkout.sessions.expire(session_id)
    except StripeRefused:
        return False
    return True


def _portal_configuration(client: stripe.StripeClient) -> str:
    """The id of our portal configuration, made once: card, invoices, cancel at the end
    of the period. Found by its metadata, so the Dashboard needs no manual step."""
    mark = {"hossagent": settings.CONFIG.host}
    found = client.v1.billing_portal.configurations.list(params={"active": True, "limit": PAGE})
    for configuration in found.data:
        if (plain(configuration).get("metadata") or {}).get("hossagent") == mark["hossagent"]:
            return configuration.id
    made = client.v1.billing_portal.configurations.create(
        params={
            "business_profile": {
                "privacy_policy_url": f"{settings.CONFIG.BASE_URL}/privacy",
                "terms_of_service_url": f"{settings.CONFIG.BASE_URL}/terms",
            },
            "features": {
                "customer_update": {
                    "enabled": True,
                    "allowed_updates": ["address", "name", "tax_id"],
                },
                "invoice_history": {"enabled": True},
                "payment_method_update": {"enabled": True},
                "subscription_cancel": {"enabled": True, "mode": "at_period_end"},
            },
            "metadata": mark,
        },
        options={"idempotency_key": idempotency_key("portal_configuration", "1")},
    )
    return made.id


def create_portal_session(*, stripe_customer_id: str, return_url: str) -> StripeObject:
    """A short-lived link into Stripe's billing portal. Worth making anew every time, so
    it carries no idempotency key."""
    with calling() as client:
        return plain(
            client.v1.billing_portal.sessions.create(
                params={
                    "customer": stripe_customer_id,
                    "return_url": return_url,
                    "configuration": _portal_configuration(client),
                }
            )
        )

"""Stripe's hosted pages: checkout and the billing portal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from billing.gateway.client import PAGE, as_dict, calling, epoch, idempotency_key
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


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutRequest:
    """What a checkout session is to sell. `trial` holds `trial_end` or `trial_period_days`;
    None charges at once."""

    checkout_id: int
    created_at: datetime
    stripe_customer_id: str
    price_id: str
    trial: SessionCreateParamsSubscriptionData | None
    success_url: str
    cancel_url: str
    metadata: Mapping[str, str]


def create_checkout_session(*, request: CheckoutRequest) -> StripeObject:
    """A hosted page where the customer subscribes."""
    metadata = dict(request.metadata)
    subscription: SessionCreateParamsSubscriptionData = {"metadata": metadata}
    if request.trial:
        subscription |= request.trial
        subscription["trial_settings"] = {"end_behavior": {"missing_payment_method": "cancel"}}
    params: SessionCreateParams = {
        "mode": "subscription",
        "customer": request.stripe_customer_id,
        "client_reference_id": str(request.checkout_id),
        "line_items": [{"price": request.price_id, "quantity": 1}],
        "payment_method_collection": "always",
        "allow_promotion_codes": True,
        "subscription_data": subscription,
        "success_url": request.success_url,
        "cancel_url": request.cancel_url,
        "metadata": metadata,
    }
    key = idempotency_key("checkout", request.checkout_id, epoch(request.created_at))
    with calling() as client:
        return as_dict(
            client.v1.checkout.sessions.create(params=params, options={"idempotency_key": key})
        )


def retrieve_checkout_session(*, session_id: str) -> StripeObject:
    with calling() as client:
        return as_dict(client.v1.checkout.sessions.retrieve(session_id))


def expire_checkout_session(*, session_id: str) -> bool:
    """Nobody can pay in this session anymore. False when it was no longer open."""
    try:
        with calling() as client:
            client.v1.checkout.sessions.expire(session_id)
    except StripeRefused:
        return False
    return True


def _portal_configuration_id(client: stripe.StripeClient) -> str:
    """Our portal configuration, created once: change the card, see invoices, cancel at the
    end of the period. Found by its metadata, so nobody has to set it up in the Dashboard."""
    mark = {"hossagent": settings.CONFIG.host}
    found = client.v1.billing_portal.configurations.list(params={"active": True, "limit": PAGE})
    for configuration in found.data:
        if (as_dict(configuration).get("metadata") or {}).get("hossagent") == mark["hossagent"]:
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
    """A short-lived link into Stripe's billing portal. Each call is meant to create a new
    one, so it carries no idempotency key."""
    with calling() as client:
        return as_dict(
            client.v1.billing_portal.sessions.create(
                params={
                    "customer": stripe_customer_id,
                    "return_url": return_url,
                    "configuration": _portal_configuration_id(client),
                }
            )
        )

"""Every outgoing call to Stripe; nothing else in the project may make one.

With Stripe off each function raises `StripeIsOff` before anything is built. Objects come
back as plain dictionaries. Each call that creates something carries an idempotency key
made of our own row's id, so that a repeated call finds the first one's result.
"""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn

import stripe
from django.conf import settings

from billing.plans import Plan
from hossagent import subsystems
from hossagent.lib.signing import stable_hash

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from stripe.params import SubscriptionCancelParams
    from stripe.params.checkout import (
        SessionCreateParams,
        SessionCreateParamsSubscriptionData,
    )

logger = logging.getLogger("billing.gateway")

StripeObject = dict[str, Any]

CONNECT_SECONDS, READ_SECONDS = 4.0, 10.0
RETRIES = 1
PAGE = 100
# How long a key that Stripe refused is not tried again by this process.
REJECTED_KEY_SECONDS = 300.0


class StripeError(Exception):
    """Something between Stripe and us; the message is fit for an operator."""


class StripeIsOff(StripeError):
    """Stripe is in DRY_RUN: no call may be made."""


class StripeUnavailable(StripeError):
    """Stripe did not answer, or asked us to come back later: worth trying again."""


class StripeRefused(StripeError):
    """Stripe understood and said no. `code` is Stripe's word for why."""

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class CardDeclined(StripeRefused):
    """The customer's bank said no."""


class NoCallsHere(stripe.HTTPClient):
    """Stands where the SDK looks for its default HTTP client, whatever the mode: a call
    that does not come from this module fails before it opens a connection."""

    name = "none"

    def request(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise StripeIsOff("only billing.gateway may call Stripe")

    request_stream = request

    async def request_async(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise StripeIsOff("only billing.gateway may call Stripe")

    request_stream_async = request_async

    def close(self) -> None:
        """Nothing is open."""


def is_live_mode() -> bool:
    """The key is for real money; events of the other mode are not for us."""
    key = settings.CONFIG.STRIPE_API_KEY.get_secret_value()
    return bool(key.startswith(("sk_live_", "rk_live_")))


def close_the_back_door() -> None:
    """Take the SDK's module-level way out, and dj-stripe's with it. Called at start-up."""
    stripe.default_http_client = NoCallsHere()
    stripe.api_key = None
    # Two lines per call would bury our own.
    logging.getLogger("stripe").setLevel(logging.WARNING)


@lru_cache(maxsize=1)
def http_client() -> stripe.HTTPClient:
    """The one client with a way out: time-limited, its connections kept per thread."""
    return stripe.RequestsClient(timeout=(CONNECT_SECONDS, READ_SECONDS))


_rejected: dict[str, float] = {}


def log_misconfiguration() -> None:
    """One `[STRIPE][DISABLED_MISCONFIG]` line when Stripe was wanted and cannot work."""
    subsystem = subsystems.stripe()
    if settings.CONFIG.ENABLE_STRIPE and not subsystem.is_live:
        logger.error(
            "[STRIPE][DISABLED_MISCONFIG] reason=%s fix=%s", subsystem.reason, subsystem.fix
        )


def _reject(key: str, error: Exception) -> StripeIsOff:
    if key not in _rejected:
        logger.error("[STRIPE][DISABLED_MISCONFIG] reason=Stripe refused the key: %s", error)
    _rejected[key] = time.monotonic() + REJECTED_KEY_SECONDS
    return StripeIsOff(
        "Stripe refused STRIPE_API_KEY. Set a valid key of the right mode and restart."
    )


def _make_client() -> stripe.StripeClient:
    subsystem = subsystems.stripe()
    if not subsystem.is_live:
        raise StripeIsOff(f"Stripe is off: {subsystem.reason}.")
    config = settings.CONFIG
    key = config.STRIPE_API_KEY.get_secret_value()
    if time.monotonic() < _rejected.get(key, 0.0):
        raise StripeIsOff("Stripe refused STRIPE_API_KEY a moment ago.")
    return stripe.StripeClient(
        key,
        stripe_version=settings.STRIPE_API_VERSION,
        base_addresses={"api": config.STRIPE_API_BASE} if config.STRIPE_API_BASE else {},
        max_network_retries=RETRIES,
        http_client=http_client(),
    )


@contextmanager
def _calling() -> Iterator[stripe.StripeClient]:
    """A client to call with, and Stripe's errors as ours."""
    client = _make_client()
    try:
        yield client
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        key = settings.CONFIG.STRIPE_API_KEY.get_secret_value()
        raise _reject(key, error) from error
    except stripe.CardError as error:
        raise CardDeclined(error.user_message or str(error), code=error.code or "") from error
    except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as error:
        raise StripeUnavailable(f"Stripe could not be reached: {error}") from error
    except stripe.StripeError as error:
        raise StripeRefused(str(error), code=error.code or "") from error


def _plain(thing: stripe.StripeObject) -> StripeObject:
    return thing.to_dict(for_json=True)


def _key(*parts: object) -> str:
    """An idempotency key that no other installation on the same account makes."""
    return ":".join(["hossagent", settings.CONFIG.host, *(str(part) for part in parts)])


def _epoch(moment: datetime) -> int:
    return int(moment.timestamp())


# --- Account and catalog -------------------------------------------------------------


def retrieve_account() -> StripeObject:
    """Whose key this is; the cheapest call that shows that the key works."""
    with _calling() as client:
        return _plain(client.v1.accounts.retrieve_current())


def find_product(*, plan: Plan) -> StripeObject | None:
    """The plan's product, found by the id that we gave it."""
    try:
        with _calling() as client:
            return _plain(client.v1.products.retrieve(plan.key))
    except StripeRefused as error:
        if error.code == "resource_missing":
            return None
        raise


def create_product(*, plan: Plan) -> StripeObject:
    with _calling() as client:
        return _plain(
            client.v1.products.create(
                params={"id": plan.key, "name": plan.name, "metadata": {"hossagent_plan": plan.key}}
            )
        )


def list_prices(*, plan: Plan) -> list[StripeObject]:
    """The active prices under the plan's lookup key: one, or none yet."""
    with _calling() as client:
        found = client.v1.prices.list(
            params={"lookup_keys": [plan.key], "active": True, "limit": PAGE}
        )
        return [_plain(price) for price in found.data]


def create_price(*, plan: Plan, replaces: str) -> StripeObject:
    """A monthly price that takes over the plan's lookup key. The price it replaces is in
    the idempotency key: going back to an old amount must not give back the old price."""
    with _calling() as client:
        return _plain(
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
                    "idempotency_key": _key(
                        "price", plan.key, plan.price_cents, replaces or "first"
                    )
                },
            )
        )


def deactivate_price(*, price_id: str) -> StripeObject:
    """Nobody can buy at this price any more; who pays it already keeps it."""
    with _calling() as client:
        return _plain(client.v1.prices.update(price_id, params={"active": False}))


# --- Customers -----------------------------------------------------------------------


def create_customer(*, customer_id: int, created_at: datetime) -> StripeObject:
    """Only what never changes goes in, or a repeated call with a new address would be
    refused as a different request; name and address follow with `update_customer`."""
    with _calling() as client:
        return _plain(
            client.v1.customers.create(
                params={
                    "metadata": {settings.DJSTRIPE_SUBSCRIBER_CUSTOMER_KEY: str(customer_id)},
                },
                # The row's birth tells a rebuilt database's customer 1 from the old one.
                options={"idempotency_key": _key("customer", customer_id, _epoch(created_at))},
            )
        )


def update_customer(*, stripe_customer_id: str, email: str, name: str) -> StripeObject:
    with _calling() as client:
        return _plain(
            client.v1.customers.update(stripe_customer_id, params={"email": email, "name": name})
        )


def list_card_fingerprints(*, stripe_customer_id: str) -> list[str]:
    """What tells the customer's cards apart, whoever else uses them at this account."""
    with _calling() as client:
        found = client.v1.customers.payment_methods.list(
            stripe_customer_id, params={"type": "card", "limit": PAGE}
        )
        cards = [_plain(method).get("card") or {} for method in found.data]
    return [str(card["fingerprint"]) for card in cards if card.get("fingerprint")]


def list_subscriptions(*, stripe_customer_id: str) -> list[StripeObject]:
    """Every subscription of the customer, ended ones too."""
    with _calling() as client:
        found = client.v1.subscriptions.list(
            params={"customer": stripe_customer_id, "status": "all", "limit": PAGE}
        )
        return [_plain(subscription) for subscription in found.auto_paging_iter()]


def list_invoices(*, stripe_customer_id: str, all_pages: bool = False) -> list[StripeObject]:
    """The newest hundred invoices of the customer, or all of them."""
    with _calling() as client:
        found = client.v1.invoices.list(params={"customer": stripe_customer_id, "limit": PAGE})
        pages = found.auto_paging_iter() if all_pages else iter(found.data)
        return [_plain(invoice) for invoice in pages]


# --- Checkout and the billing portal -------------------------------------------------


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
    with _calling() as client:
        return _plain(
            client.v1.checkout.sessions.create(
                params=params,
                options={"idempotency_key": _key("checkout", checkout_id, _epoch(created_at))},
            )
        )


def retrieve_checkout_session(*, session_id: str) -> StripeObject:
    with _calling() as client:
        return _plain(client.v1.checkout.sessions.retrieve(session_id))


def expire_checkout_session(*, session_id: str) -> bool:
    """Nobody can pay in this session any more. False when it was no longer open."""
    try:
        with _calling() as client:
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
        if (_plain(configuration).get("metadata") or {}).get("hossagent") == mark["hossagent"]:
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
        options={"idempotency_key": _key("portal_configuration", "1")},
    )
    return made.id


def create_portal_session(*, stripe_customer_id: str, return_url: str) -> StripeObject:
    """A short-lived link into Stripe's billing portal. Worth making anew every time, so
    it carries no idempotency key."""
    with _calling() as client:
        return _plain(
            client.v1.billing_portal.sessions.create(
                params={
                    "customer": stripe_customer_id,
                    "return_url": return_url,
                    "configuration": _portal_configuration(client),
                }
            )
        )


# --- Changes to a subscription -------------------------------------------------------


def end_trial(*, subscription_id: str) -> StripeObject:
    """Charge now. Repeating it changes nothing: the trial is over then."""
    with _calling() as client:
        return _plain(
            client.v1.subscriptions.update(
                subscription_id, params={"trial_end": "now", "proration_behavior": "none"}
            )
        )


def schedule_cancel(*, subscription_id: str) -> StripeObject:
    """Runs to the end of the paid period and is not renewed."""
    with _calling() as client:
        return _plain(
            client.v1.subscriptions.update(subscription_id, params={"cancel_at_period_end": True})
        )


def cancel_now(*, subscription_id: str, comment: str = "") -> StripeObject:
    """Ends at once, without a refund; `comment` is kept with it at Stripe. Refused
    (`StripeRefused`) when it has ended before."""
    params: SubscriptionCancelParams = (
        {"cancellation_details": {"comment": comment}} if comment else {}
    )
    with _calling() as client:
        return _plain(client.v1.subscriptions.cancel(subscription_id, params=params))


# --- Payment links for issued work summaries ------------------------------------------


def create_payment_link(
    *,
    invoice_id: int,
    created_at: datetime,
    amount_cents: int,
    description: str,
    success_url: str,
) -> StripeObject:
    """A link that takes one payment of exactly this amount."""
    metadata = {"hossagent_invoice": str(invoice_id), "hossagent_host": settings.CONFIG.host}
    key = stable_hash(f"{invoice_id}:{_epoch(created_at)}:{amount_cents}", purpose="payment_link")
    with _calling() as client:
        return _plain(
            client.v1.payment_links.create(
                params={
                    "line_items": [
                        {
                            "price_data": {
                                "currency": "usd",
                                "unit_amount": amount_cents,
                                "product_data": {"name": description},
                            },
                            "quantity": 1,
                        }
                    ],
                    "restrictions": {"completed_sessions": {"limit": 1}},
                    "after_completion": {"type": "redirect", "redirect": {"url": success_url}},
                    "metadata": metadata,
                },
                options={"idempotency_key": _key("payment_link", key)},
            )
        )


def deactivate_payment_link(*, payment_link_id: str) -> None:
    with _calling() as client:
        client.v1.payment_links.update(payment_link_id, params={"active": False})


def list_webhook_endpoints() -> list[StripeObject]:
    """The endpoints known to Stripe, for diagnostics."""
    with _calling() as client:
        found = client.v1.webhook_endpoints.list(params={"limit": PAGE})
        return [_plain(endpoint) for endpoint in found.data]

"""Stripe in this process: `billing.dev` plugged in as the SDK's HTTP client.

Every outgoing call is checked against the SDK's own request types, and every returned
object against the SDK's resource classes, so that the fake cannot drift from the pinned
API version unnoticed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import (
    TYPE_CHECKING,
    Any,
    Literal,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

import stripe
from stripe import params as request_types
from stripe._stripe_context import StripeContext
from stripe.params import billing_portal, checkout
from typing_extensions import is_typeddict

from billing.dev.api import Api, Call
from billing.dev.world import World

if TYPE_CHECKING:
    from billing.dev.objects import Object, Shape

WEBHOOK_SECRET = "whsec_for_tests_only_0123456789"
API_KEY = "sk_test_1234567890abcdef1234"

# Which request type describes which call.
REQUESTS: list[tuple[str, str, Any]] = [
    ("get", r"/v1/account", request_types.AccountRetrieveCurrentParams),
    ("get", r"/v1/products/[^/]+", request_types.ProductRetrieveParams),
    ("post", r"/v1/products", request_types.ProductCreateParams),
    ("get", r"/v1/prices", request_types.PriceListParams),
    ("post", r"/v1/prices", request_types.PriceCreateParams),
    ("post", r"/v1/prices/[^/]+", request_types.PriceUpdateParams),
    ("post", r"/v1/customers", request_types.CustomerCreateParams),
    ("post", r"/v1/customers/[^/]+", request_types.CustomerUpdateParams),
    (
        "get",
        r"/v1/customers/[^/]+/payment_methods",
        request_types.CustomerPaymentMethodListParams,
    ),
    ("get", r"/v1/subscriptions", request_types.SubscriptionListParams),
    ("post", r"/v1/subscriptions/[^/]+", request_types.SubscriptionUpdateParams),
    ("delete", r"/v1/subscriptions/[^/]+", request_types.SubscriptionCancelParams),
    ("get", r"/v1/invoices", request_types.InvoiceListParams),
    ("post", r"/v1/checkout/sessions", checkout.SessionCreateParams),
    ("get", r"/v1/checkout/sessions/[^/]+", checkout.SessionRetrieveParams),
    ("post", r"/v1/checkout/sessions/[^/]+/expire", checkout.SessionExpireParams),
    ("get", r"/v1/billing_portal/configurations", billing_portal.ConfigurationListParams),
    ("post", r"/v1/billing_portal/configurations", billing_portal.ConfigurationCreateParams),
    ("post", r"/v1/billing_portal/sessions", billing_portal.SessionCreateParams),
    ("post", r"/v1/payment_links", request_types.PaymentLinkCreateParams),
    ("post", r"/v1/payment_links/[^/]+", request_types.PaymentLinkUpdateParams),
    ("get", r"/v1/webhook_endpoints", request_types.WebhookEndpointListParams),
]

RESOURCES: dict[str, Any] = {
    "account": stripe.Account,
    "product": stripe.Product,
    "price": stripe.Price,
    "customer": stripe.Customer,
    "subscription": stripe.Subscription,
    "subscription_item": stripe.SubscriptionItem,
    "invoice": stripe.Invoice,
    "checkout.session": stripe.checkout.Session,
    "billing_portal.configuration": stripe.billing_portal.Configuration,
    "billing_portal.session": stripe.billing_portal.Session,
    "payment_link": stripe.PaymentLink,
    "payment_method": stripe.PaymentMethod,
    "webhook_endpoint": stripe.WebhookEndpoint,
    "event": stripe.Event,
}
# On every object, but not annotated on every class.
ALWAYS = {"id", "object", "metadata"}
# Keys that only the older shape has.
OLD_KEYS = {
    "subscription": {"current_period_start", "current_period_end"},
    "invoice": {"subscription", "paid"},
}


@lru_cache
def _hints(kind: Any) -> dict[str, Any]:
    module = __import__(kind.__module__, fromlist=["_"])
    names = {**vars(module), "StripeContext": StripeContext, "Mapping": Mapping}
    return get_type_hints(kind, globalns=names, include_extras=True)


def _unwrapped(hint: Any) -> Any:
    while get_origin(hint) in {NotRequired, Required}:
        hint = get_args(hint)[0]
    return hint


def problems(kind: Any, given: Any, path: str = "") -> list[str]:
    """What is wrong with the decoded form `given`, by the SDK's type `kind`."""
    kind = _unwrapped(kind)
    if is_typeddict(kind):
        return _problems_of_dict(kind, given, path)
    origin, args = get_origin(kind), get_args(kind)
    if origin is Union or type(kind).__name__ == "UnionType":
        return _problems_of_union(args, given, path)
    if origin is list and isinstance(given, list):
        return [p for i, item in enumerate(given) for p in problems(args[0], item, f"{path}[{i}]")]
    if origin is Literal:
        fits = given in args
    elif origin is list:
        fits = False
    else:
        fits = LEAVES.get(kind, lambda _: True)(given)
    return [] if fits else [f"{path}: {given!r} is no {kind}"]


# A form carries text. What the text must look like for each type.
LEAVES: dict[Any, Callable[[Any], bool]] = {
    int: lambda given: bool(re.fullmatch(r"-?\d+", str(given))),
    bool: lambda given: given in {"true", "false"},
    str: lambda given: isinstance(given, str),
}


def _problems_of_union(args: tuple[Any, ...], given: Any, path: str) -> list[str]:
    # In `Literal['a', 'b'] | str` the words are the contract, and `str` is for words that
    # come later. `Literal[''] | str` means any text, or an empty one to clear the field.
    words = [a for a in args if get_origin(a) is Literal and get_args(a) != ("",)]
    if words and isinstance(given, str):
        others = [arg for arg in args if get_origin(arg) is not Literal and arg is not str]
        args = (*words, *others)
    found = [problems(arg, given, path) for arg in args if arg is not type(None)]
    return [] if not found or [] in found else min(found, key=len)


def _problems_of_dict(kind: Any, given: Any, path: str) -> list[str]:
    if not isinstance(given, dict):
        return [f"{path}: expected an object"]
    hints = _hints(kind)
    found = [f"{path}.{name}: unknown parameter" for name in given if name not in hints]
    found += [f"{path}.{name}: required" for name in kind.__required_keys__ if name not in given]
    for name, value in given.items():
        if name in hints:
            found += problems(hints[name], value, f"{path}.{name}")
    return found


def check_request(call: Call) -> None:
    for method, pattern, kind in REQUESTS:
        if method == call.method and re.fullmatch(pattern, call.path):
            found = problems(kind, call.params)
            assert found == [], f"{method} {call.path}: {found}"
            return
    raise AssertionError(f"no request type for {call.method} {call.path}")


def check_response(thing: Any, shape: Shape) -> None:
    """Every object in the answer has only keys that the SDK's class knows."""
    if isinstance(thing, list):
        for item in thing:
            check_response(item, shape)
    if not isinstance(thing, dict):
        return
    kind = RESOURCES.get(thing.get("object", ""))
    if kind is not None:
        known = set(kind.__annotations__) | ALWAYS
        if shape == "old":
            known |= OLD_KEYS.get(thing["object"], set())
        assert set(thing) <= known, f"{thing['object']}: {set(thing) - known}"
    for value in thing.values():
        check_response(value, shape)


class FakeStripe(stripe.HTTPClient):
    """One Stripe account. Its state is in `world`, its switches are in `api`."""

    name = "fake"

    def __init__(self, clock: datetime, shape: Shape = "new") -> None:
        super().__init__()
        self.now = clock
        self.world = World(clock=lambda: self.now, shape=shape)
        self.api = Api(self.world)

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        **_: Any,
    ) -> tuple[str, int, Mapping[str, str]]:
        text, status, answered = self.api.handle(method, url, headers or {}, post_data)
        if status == 200:
            check_request(self.api.calls[-1])
            check_response(json.loads(text), self.world.shape)
        return text, status, answered

    def close(self) -> None:
        """There is no connection to close."""

    def _sleep_time_seconds(self, num_retries: int) -> float:
        return 0.0

    # --- For tests -------------------------------------------------------------------

    @property
    def calls(self) -> list[str]:
        """`["post /v1/customers", ...]`"""
        return [f"{call.method} {call.path}" for call in self.api.calls]

    def later(self, **ahead: float) -> datetime:
        self.now += timedelta(**ahead)
        return self.now

    def take_events(self) -> list[Object]:
        """The events since the last call."""
        events, self.world.events = self.world.events, []
        return events


def signed(event: Object | str, *, at: datetime, secret: str = WEBHOOK_SECRET) -> dict[str, Any]:
    """Arguments for Django's test client: the body and its signature."""
    body = event if isinstance(event, str) else json.dumps(event)
    header = stripe.WebhookSignature.generate_signature_header(
        body, secret, timestamp=int(at.timestamp())
    )
    return {
        "data": body,
        "content_type": "application/json",
        "headers": {"Stripe-Signature": header},
    }

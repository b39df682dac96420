"""Stripe's HTTP API over a `World`: parameters in, JSON out, idempotency and pages."""

from __future__ import annotations

import copy
import json
import re
import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from billing.dev.world import ApiError, Object, World

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Params = dict[str, Any]
Handler = Any
CHECKOUT_TRIAL_MINIMUM = timedelta(hours=48)


def decode_form(text: str) -> Params:
    """`line_items[0][price]=p` → `{"line_items": [{"price": "p"}]}`; leaves are text."""
    tree: Params = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        keys = [part for part in re.split(r"[\[\]]+", name) if part]
        if name.endswith("[]"):
            keys.append(str(len(_walk(tree, keys))))
        node = _walk(tree, keys[:-1])
        node[keys[-1]] = value
    found = _lists(tree)
    assert isinstance(found, dict)
    return found


def _walk(tree: Params, keys: list[str]) -> Params:
    for key in keys:
        tree = tree.setdefault(key, {})
    return tree


def _lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if node and all(key.isdecimal() for key in node):
        return [_lists(node[key]) for key in sorted(node, key=int)]
    return {key: _lists(value) for key, value in node.items()}


@dataclass
class Call:
    """One request as Stripe received it."""

    method: str
    path: str
    params: Params
    headers: dict[str, str]


@dataclass
class Api:
    """Answers requests. Every request is kept in `calls`."""

    world: World
    is_down: bool = False
    rejects_key: bool = False
    # What a path is answered with instead, while it stands here.
    errors: dict[str, ApiError] = field(default_factory=dict)
    page_size: int | None = None
    calls: list[Call] = field(default_factory=list)
    replays: dict[str, tuple[str, Params, int, str]] = field(default_factory=dict)
    before_answer: Callable[[Call], None] | None = None
    lock: Any = field(default_factory=threading.RLock)

    def handle(
        self, method: str, url: str, headers: Mapping[str, str], body: str | None
    ) -> tuple[str, int, dict[str, str]]:
        parts = urlsplit(url)
        query = parts.query if method in {"get", "delete"} else (body or "")
        call = Call(
            method,
            parts.path,
            decode_form(query),
            {name.lower(): value for name, value in headers.items()},
        )
        with self.lock:
            self.calls.append(call)
            text, status = self._answer(call)
        if self.before_answer is not None:
            self.before_answer(call)
        return text, status, {"request-id": f"req_{len(self.calls)}"}

    def _answer(self, call: Call) -> tuple[str, int]:
        if trouble := self._trouble(call):
            return _error(trouble)
        key = call.headers.get("idempotency-key", "") if call.method == "post" else ""
        if key in self.replays and key:
            path, params, status, text = self.replays[key]
            if (path, params) != (call.path, call.params):
                return _error(
                    ApiError(
                        "Keys for idempotent requests can only be used with the same parameters.",
                        kind="idempotency_error",
                    )
                )
            return text, status
        try:
            text, status = json.dumps(self._route(call)), 200
        except ApiError as error:
            return _error(error)
        if key:
            self.replays[key] = (call.path, copy.deepcopy(call.params), status, text)
        return text, status

    def _trouble(self, call: Call) -> ApiError | None:
        if self.is_down:
            return ApiError("Stripe is down.", status=503, kind="api_error")
        if self.rejects_key:
            return ApiError("Invalid API Key provided.", status=401)
        return self.errors.get(call.path)

    def _route(self, call: Call) -> Object:
        for method, pattern, handler in ROUTES:
            found = re.fullmatch(pattern, call.path)
            if found and method == call.method:
                return self.world.shown(handler(self, *found.groups(), params=call.params))
        raise ApiError(f"Unrecognized request URL ({call.method} {call.path}).", status=404)

    def page(self, url: str, things: list[Object], params: Params) -> Object:
        after = params.get("starting_after")
        if after:
            ids = [thing["id"] for thing in things]
            things = things[ids.index(after) + 1 :]
        limit = self.page_size or int(params.get("limit", 10))
        return {
            "object": "list",
            "url": url,
            "has_more": len(things) > limit,
            "data": [self.world.shown(thing) for thing in things[:limit]],
        }


def _error(error: ApiError) -> tuple[str, int]:
    body: Object = {"message": str(error), "type": error.kind}
    if error.code:
        body["code"] = error.code
    return json.dumps({"error": body}), error.status


# --- One function per endpoint -------------------------------------------------------


def account(api: Api, *, params: Params) -> Object:
    return {"id": "acct_stand_in", "object": "account", "country": "US", "charges_enabled": True}


def product_get(api: Api, identity: str, *, params: Params) -> Object:
    return api.world.get("product", identity)


def product_create(api: Api, *, params: Params) -> Object:
    if params.get("id") in api.world.objects:
        raise ApiError("Product already exists.", code="resource_already_exists")
    return api.world.add("product", "prod", {"active": True, **params})


def price_list(api: Api, *, params: Params) -> Object:
    keys = params.get("lookup_keys")
    found = [
        price
        for price in api.world.all("price")
        if (keys is None or price["lookup_key"] in keys)
        and ("active" not in params or price["active"] is (params["active"] == "true"))
    ]
    return api.page("/v1/prices", found, params)


def price_create(api: Api, *, params: Params) -> Object:
    api.world.get("product", params["product"])
    key = params.get("lookup_key")
    for other in api.world.all("price", lookup_key=key) if key else []:
        if params.get("transfer_lookup_key") != "true":
            raise ApiError("The lookup key is in use.", code="resource_already_exists")
        other["lookup_key"] = None
    return api.world.add(
        "price",
        "price",
        {
            "active": True,
            "product": params["product"],
            "currency": params["currency"],
            "unit_amount": int(params["unit_amount"]),
            "lookup_key": key,
            "nickname": None,
            "type": "recurring",
            "recurring": {"interval": params["recurring"]["interval"], "interval_count": 1},
        },
    )


def price_update(api: Api, identity: str, *, params: Params) -> Object:
    price = api.world.get("price", identity)
    price["active"] = params["active"] == "true"
    return price


def customer_create(api: Api, *, params: Params) -> Object:
    values = {"email": None, "name": None, **params}
    return api.world.add("customer", "cus", values)


def customer_update(api: Api, identity: str, *, params: Params) -> Object:
    customer = api.world.get("customer", identity)
    if "@" not in params.get("email", "@"):
        raise ApiError("Invalid email address.", code="email_invalid")
    customer.update(params)
    return customer


def card_list(api: Api, identity: str, *, params: Params) -> Object:
    found = api.world.all("payment_method", customer=identity, type=params["type"])
    return api.page(f"/v1/customers/{identity}/payment_methods", found, params)


def subscription_list(api: Api, *, params: Params) -> Object:
    found = api.world.all("subscription", customer=params["customer"])
    if params.get("status") != "all":
        found = [thing for thing in found if thing["status"] != "canceled"]
    return api.page("/v1/subscriptions", found, params)


def subscription_update(api: Api, identity: str, *, params: Params) -> Object:
    world = api.world
    subscription = world.get("subscription", identity)
    if subscription["status"] == "canceled":
        raise ApiError("No such subscription.", status=404, code="resource_missing")
    if params.get("trial_end") == "now":
        if subscription["status"] != "trialing":
            return subscription
        subscription["trial_end"] = world.epoch()
        return world.next_period(identity)
    if "cancel_at_period_end" in params:
        wanted = params["cancel_at_period_end"] == "true"
        return world.change(subscription, cancel_at_period_end=wanted)
    return subscription


def subscription_cancel(api: Api, identity: str, *, params: Params) -> Object:
    return api.world.end(identity, **params.get("cancellation_details", {}))


def invoice_list(api: Api, *, params: Params) -> Object:
    return api.page("/v1/invoices", api.world.all("invoice", customer=params["customer"]), params)


def session_create(api: Api, *, params: Params) -> Object:
    world = api.world
    world.get("customer", params["customer"])
    price = world.get("price", params["line_items"][0]["price"])
    if not price["active"]:
        raise ApiError("The price is not active.")
    data = params.get("subscription_data") or {}
    ends = data.get("trial_end")
    if ends and int(ends) < (world.clock() + CHECKOUT_TRIAL_MINIMUM).timestamp():
        raise ApiError("The trial_end has to be at least 48 hours in the future.")
    identity = world.new_id("cs_test")
    made = world.add(
        "checkout.session",
        "cs_test",
        {
            "id": identity,
            "mode": params["mode"],
            "status": "open",
            "payment_status": "unpaid",
            "customer": params["customer"],
            "client_reference_id": params.get("client_reference_id"),
            "subscription": None,
            "invoice": None,
            "payment_link": None,
            "amount_total": price["unit_amount"],
            "currency": "usd",
            "success_url": params["success_url"],
            "cancel_url": params.get("cancel_url"),
            "expires_at": int((world.clock() + timedelta(hours=24)).timestamp()),
            "url": f"{world.base_url}/checkout/{identity}",
            "metadata": params.get("metadata") or {},
        },
    )
    world.secret(made).update(price=price["id"], subscription_data=data)
    return made


def session_get(api: Api, identity: str, *, params: Params) -> Object:
    return api.world.get("checkout.session", identity)


def session_expire(api: Api, identity: str, *, params: Params) -> Object:
    session = api.world.get("checkout.session", identity)
    if session["status"] != "open":
        raise ApiError("Only open sessions can be expired.")
    session.update(status="expired", url=None)
    api.world.emit("checkout.session.expired", session)
    return session


def configuration_list(api: Api, *, params: Params) -> Object:
    found = api.world.all("billing_portal.configuration", active=True)
    return api.page("/v1/billing_portal/configurations", found, params)


def configuration_create(api: Api, *, params: Params) -> Object:
    values = {"active": True, "is_default": False, "features": params["features"]}
    metadata = params.get("metadata") or {}
    return api.world.add("billing_portal.configuration", "bpc", {**values, "metadata": metadata})


def portal_create(api: Api, *, params: Params) -> Object:
    world = api.world
    world.get("customer", params["customer"])
    world.get("billing_portal.configuration", params["configuration"])
    identity = world.new_id("bps")
    return world.add(
        "billing_portal.session",
        "bps",
        {
            "id": identity,
            "customer": params["customer"],
            "configuration": params["configuration"],
            "return_url": params["return_url"],
            "url": f"{world.base_url}/portal/{identity}",
        },
    )


def link_create(api: Api, *, params: Params) -> Object:
    world = api.world
    item = params["line_items"][0]
    identity = world.new_id("plink")
    made = world.add(
        "payment_link",
        "plink",
        {
            "id": identity,
            "active": True,
            "currency": item["price_data"]["currency"],
            "url": f"{world.base_url}/pay/{identity}",
            "metadata": params.get("metadata") or {},
        },
    )
    after = (params.get("after_completion") or {}).get("redirect") or {}
    world.secret(made).update(
        amount=int(item["price_data"]["unit_amount"]) * int(item["quantity"]),
        name=item["price_data"]["product_data"]["name"],
        success_url=after.get("url", ""),
    )
    return made


def link_update(api: Api, identity: str, *, params: Params) -> Object:
    link = api.world.get("payment_link", identity)
    link["active"] = params["active"] == "true"
    return link


def endpoint_list(api: Api, *, params: Params) -> Object:
    return api.page("/v1/webhook_endpoints", api.world.all("webhook_endpoint"), params)


ROUTES: list[tuple[str, str, Handler]] = [
    ("get", r"/v1/account", account),
    ("get", r"/v1/products/([^/]+)", product_get),
    ("post", r"/v1/products", product_create),
    ("get", r"/v1/prices", price_list),
    ("post", r"/v1/prices", price_create),
    ("post", r"/v1/prices/([^/]+)", price_update),
    ("post", r"/v1/customers", customer_create),
    ("post", r"/v1/customers/([^/]+)", customer_update),
    ("get", r"/v1/customers/([^/]+)/payment_methods", card_list),
    ("get", r"/v1/subscriptions", subscription_list),
    ("post", r"/v1/subscriptions/([^/]+)", subscription_update),
    ("delete", r"/v1/subscriptions/([^/]+)", subscription_cancel),
    ("get", r"/v1/invoices", invoice_list),
    ("post", r"/v1/checkout/sessions", session_create),
    ("get", r"/v1/checkout/sessions/([^/]+)", session_get),
    ("post", r"/v1/checkout/sessions/([^/]+)/expire", session_expire),
    ("get", r"/v1/billing_portal/configurations", configuration_list),
    ("post", r"/v1/billing_portal/configurations", configuration_create),
    ("post", r"/v1/billing_portal/sessions", portal_create),
    ("post", r"/v1/payment_links", link_create),
    ("post", r"/v1/payment_links/([^/]+)", link_update),
    ("get", r"/v1/webhook_endpoints", endpoint_list),
]

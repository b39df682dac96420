"""Checkout sessions, the billing portal, and payment links."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from billing.dev.objects import ApiError

if TYPE_CHECKING:
    from billing.dev.endpoints.base import Context, Route
    from billing.dev.forms import Params
    from billing.dev.objects import Object


CHECKOUT_TRIAL_MINIMUM = timedelta(hours=48)


def session_create(api: Context, *, params: Params) -> Object:
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


def session_get(api: Context, identity: str, *, params: Params) -> Object:
    return api.world.get("checkout.session", identity)


def session_expire(api: Context, identity: str, *, params: Params) -> Object:
    session = api.world.get("checkout.session", identity)
    if session["status"] != "open":
        raise ApiError("Only open sessions can be expired.")
    session.update(status="expired", url=None)
    api.world.emit("checkout.session.expired", session)
    return session


def configuration_list(api: Context, *, params: Params) -> Object:
    found = api.world.all("billing_portal.configuration", active=True)
    return api.page("/v1/billing_portal/configurations", found, params)


def configuration_create(api: Context, *, params: Params) -> Object:
    values = {"active": True, "is_default": False, "features": params["features"]}
    metadata = params.get("metadata") or {}
    return api.world.add("billing_portal.configuration", "bpc", {**values, "metadata": metadata})


def portal_create(api: Context, *, params: Params) -> Object:
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


def link_create(api: Context, *, params: Params) -> Object:
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


def link_update(api: Context, identity: str, *, params: Params) -> Object:
    link = api.world.get("payment_link", identity)
    link["active"] = params["active"] == "true"
    return link


ROUTES: list[Route] = [
    ("post", r"/v1/checkout/sessions", session_create),
    ("get", r"/v1/checkout/sessions/([^/]+)", session_get),
    ("post", r"/v1/checkout/sessions/([^/]+)/expire", session_expire),
    ("get", r"/v1/billing_portal/configurations", configuration_list),
    ("post", r"/v1/billing_portal/configurations", configuration_create),
    ("post", r"/v1/billing_portal/sessions", portal_create),
    ("post", r"/v1/payment_links", link_create),
    ("post", r"/v1/payment_links/([^/]+)", link_update),
]

"""The account, what it sells, and its webhook endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from billing.dev.objects import ApiError

if TYPE_CHECKING:
    from billing.dev.endpoints.base import Context, Route
    from billing.dev.forms import Params
    from billing.dev.objects import Object


def account(api: Context, *, params: Params) -> Object:
    return {"id": "acct_stand_in", "object": "account", "country": "US", "charges_enabled": True}


def product_get(api: Context, identity: str, *, params: Params) -> Object:
    return api.world.get("product", identity)


def product_create(api: Context, *, params: Params) -> Object:
    if params.get("id") in api.world.objects:
        raise ApiError("Product already exists.", code="resource_already_exists")
    return api.world.add("product", "prod", {"active": True, **params})


def price_list(api: Context, *, params: Params) -> Object:
    keys = params.get("lookup_keys")
    found = [
        price
        for price in api.world.all("price")
        if (keys is None or price["lookup_key"] in keys)
        and ("active" not in params or price["active"] is (params["active"] == "true"))
    ]
    return api.page("/v1/prices", found, params)


def price_create(api: Context, *, params: Params) -> Object:
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


def price_update(api: Context, identity: str, *, params: Params) -> Object:
    price = api.world.get("price", identity)
    price["active"] = params["active"] == "true"
    return price


def endpoint_list(api: Context, *, params: Params) -> Object:
    return api.page("/v1/webhook_endpoints", api.world.all("webhook_endpoint"), params)


ROUTES: list[Route] = [
    ("get", r"/v1/account", account),
    ("get", r"/v1/products/([^/]+)", product_get),
    ("post", r"/v1/products", product_create),
    ("get", r"/v1/prices", price_list),
    ("post", r"/v1/prices", price_create),
    ("post", r"/v1/prices/([^/]+)", price_update),
    ("get", r"/v1/webhook_endpoints", endpoint_list),
]

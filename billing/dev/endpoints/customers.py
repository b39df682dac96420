"""Customers, their cards, subscriptions and invoices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from billing.dev.objects import ApiError

if TYPE_CHECKING:
    from billing.dev.endpoints.base import Context, Route
    from billing.dev.forms import Params
    from billing.dev.objects import Object


def customer_create(api: Context, *, params: Params) -> Object:
    values = {"email": None, "name": None, **params}
    return api.world.add("customer", "cus", values)


def customer_update(api: Context, identity: str, *, params: Params) -> Object:
    customer = api.world.get("customer", identity)
    if "@" not in params.get("email", "@"):
        raise ApiError("Invalid email address.", code="email_invalid")
    customer.update(params)
    return customer


def card_list(api: Context, identity: str, *, params: Params) -> Object:
    found = api.world.all("payment_method", customer=identity, type=params["type"])
    return api.page(f"/v1/customers/{identity}/payment_methods", found, params)


def subscription_list(api: Context, *, params: Params) -> Object:
    found = api.world.all("subscription", customer=params["customer"])
    if params.get("status") != "all":
        found = [thing for thing in found if thing["status"] != "canceled"]
    return api.page("/v1/subscriptions", found, params)


def subscription_update(api: Context, identity: str, *, params: Params) -> Object:
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


def subscription_cancel(api: Context, identity: str, *, params: Params) -> Object:
    return api.world.end(identity, **params.get("cancellation_details", {}))


def invoice_list(api: Context, *, params: Params) -> Object:
    return api.page("/v1/invoices", api.world.all("invoice", customer=params["customer"]), params)


ROUTES: list[Route] = [
    ("post", r"/v1/customers", customer_create),
    ("post", r"/v1/customers/([^/]+)", customer_update),
    ("get", r"/v1/customers/([^/]+)/payment_methods", card_list),
    ("get", r"/v1/subscriptions", subscription_list),
    ("post", r"/v1/subscriptions/([^/]+)", subscription_update),
    ("delete", r"/v1/subscriptions/([^/]+)", subscription_cancel),
    ("get", r"/v1/invoices", invoice_list),
]

"""Is billing ready? Each question with its answer, and what to do where it is no."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.timesince import timesince

from billing import gateway
from billing.models import BillingEvent, Drift, Subscription
from billing.plans import PRO
from billing.services.events import HANDLED
from billing.states import EventStatus, SubscriptionStatus
from hossagent import subsystems
from hossagent.lib.money import format_cents

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


class Result(StrEnum):
    OK = "ok"
    FIX = "fix"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """One question. UNKNOWN when it could not be asked; `fix` is what to do."""

    name: str
    result: Result
    answer: str
    fix: str = ""


def run_diagnostics(*, now: datetime) -> list[Check]:
    """Every check, in the order of setting Stripe up. Asks Stripe; changes nothing."""
    subsystem = subsystems.stripe()
    checks = [
        Check("Payments", _either(subsystem.is_live), subsystem.reason, subsystem.fix),
        _key(),
        _webhook_secret(),
    ]
    if subsystem.is_live:
        asked = (_account, _product, _price, _endpoint)
        checks += [_ask(check) for check in asked]
    return [*checks, _last_event(now), _events(), _drift(now), _unknown(), _paying_twice()]


def _either(ok: object) -> Result:
    return Result.OK if ok else Result.FIX


def _ask(check: Callable[[], Check]) -> Check:
    try:
        return check()
    except gateway.StripeError as error:
        name = check.__name__.strip("_").capitalize()
        return Check(
            name, Result.UNKNOWN, str(error), "Check the key and the network, then try again."
        )


def _key() -> Check:
    key = settings.CONFIG.STRIPE_API_KEY.get_secret_value()
    if not key:
        return Check("API key", Result.FIX, "NO", "Set STRIPE_API_KEY.")
    mode = "live" if gateway.is_live_mode() else "test"
    return Check("API key", Result.OK, f"YES, {mode} mode")


def _webhook_secret() -> Check:
    if settings.CONFIG.STRIPE_WEBHOOK_SECRET.get_secret_value():
        return Check("Webhook secret", Result.OK, "YES")
    return Check(
        "Webhook secret",
        Result.FIX,
        "NO: events cannot be verified and are refused",
        "Set STRIPE_WEBHOOK_SECRET to the endpoint's signing secret (whsec_...).",
    )


def _account() -> Check:
    account = gateway.retrieve_account()
    ready = bool(account.get("charges_enabled"))
    answer = f"{account['id']}, charges {'enabled' if ready else 'not enabled'}"
    return Check(
        "Account", _either(ready), answer, "" if ready else "Finish the account at Stripe."
    )


def _product() -> Check:
    product = gateway.find_product(plan=PRO)
    if product is None:
        return Check(
            "Product", Result.FIX, "missing", "Run manage.py reconcile_stripe to create it."
        )
    return Check("Product", Result.OK, str(product["id"]))


def _price() -> Check:
    prices = gateway.list_prices(plan=PRO)
    wanted = format_cents(PRO.price_cents)
    if not prices:
        return Check("Price", Result.FIX, "missing", "Run manage.py reconcile_stripe to create it.")
    amounts = [int(price["unit_amount"]) for price in prices]
    answer = ", ".join(
        f"{price['id']} {format_cents(a)}" for price, a in zip(prices, amounts, strict=True)
    )
    if amounts != [PRO.price_cents]:
        return Check(
            "Price", Result.FIX, answer, f"Run manage.py reconcile_stripe to sell at {wanted}."
        )
    return Check("Price", Result.OK, answer)


def _endpoint() -> Check:
    url = f"{settings.CONFIG.BASE_URL}/stripe/webhook"
    found = [e for e in gateway.list_webhook_endpoints() if e.get("url") == url]
    if not found:
        return Check(
            "Webhook endpoint",
            Result.FIX,
            f"Stripe knows none at {url}",
            "Add it at Stripe with the events of docs/billing.md, or use `stripe listen`.",
        )
    enabled = set(found[0].get("enabled_events") or [])
    missing = sorted(HANDLED - enabled) if "*" not in enabled else []
    if found[0].get("status") == "disabled" or missing:
        words = ", ".join(missing) or "the endpoint is disabled"
        return Check("Webhook endpoint", Result.FIX, f"not sent: {words}", "Change it at Stripe.")
    return Check("Webhook endpoint", Result.OK, url)


def _last_event(now: datetime) -> Check:
    event = BillingEvent.objects.order_by("-received_at").first()
    if event is None:
        return Check("Last event", Result.UNKNOWN, "none so far")
    return Check("Last event", Result.OK, f"{event.type}, {timesince(event.received_at, now)} ago")


def _events() -> Check:
    failed = BillingEvent.objects.filter(status=EventStatus.FAILED).count()
    waiting = BillingEvent.objects.filter(status=EventStatus.PENDING).count()
    answer = f"{failed} failed, {waiting} waiting"
    fix = "Look at the failed events in the console and replay them." if failed else ""
    return Check("Events", _either(not failed), answer, fix)


def _drift(now: datetime) -> Check:
    drift = Drift.objects.select_related("customer").order_by("-found_at").first()
    if drift is None:
        return Check("Drift", Result.OK, "none found so far")
    age = timesince(drift.found_at, now)
    state = "repaired" if drift.is_repaired else "not repaired"
    fix = "" if drift.is_repaired else "Run manage.py reconcile_stripe."
    return Check("Drift", _either(drift.is_repaired), f"last {age} ago: {drift}, {state}", fix)


def _unknown() -> Check:
    count = Subscription.objects.filter(status=SubscriptionStatus.UNKNOWN).count()
    if not count:
        return Check("Unknown statuses", Result.OK, "none")
    return Check(
        "Unknown statuses",
        Result.FIX,
        f"{count} customers without rights",
        "Stripe uses a status that this version does not know. Upgrade, or look at Stripe.",
    )


def _paying_twice() -> Check:
    count = Subscription.objects.filter(live_count__gt=1).count()
    if not count:
        return Check("Two subscriptions", Result.OK, "none")
    return Check(
        "Two subscriptions",
        Result.FIX,
        f"{count} customers pay twice",
        "Control room, Subscriptions, filter by two live ones: choose the one that ends.",
    )

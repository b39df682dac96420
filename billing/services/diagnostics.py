"""Is billing ready? Each question with its answer, and what to do when it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.timesince import timesince

from billing import gateway
from billing.models import BillingEvent, Drift, Subscription
from billing.plans import PRO
from billing.services.events import HANDLED
from billing.states import EventStatus, SubscriptionStatus
from hossagent import subsystems
from hossagent.lib.diagnosis import Diagnosis, Result
from hossagent.lib.money import format_cents
from hossagent.lib.text import plural

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


def run_diagnostics(*, now: datetime) -> list[Diagnosis]:
    """Every question, in the order of setting Stripe up. Asks Stripe; changes nothing."""
    return [
        _payments(),
        _api_key(),
        _webhook_secret(),
        *_asked_at_stripe(),
        _last_event(now),
        _events(),
        _drift(now),
        _unknown_statuses(),
        _two_subscriptions(),
    ]


def _payments() -> Diagnosis:
    subsystem = subsystems.stripe()
    return Diagnosis("Payments", Result.of(subsystem.is_live), subsystem.reason, subsystem.fix)


def _api_key() -> Diagnosis:
    key = settings.CONFIG.STRIPE_API_KEY.get_secret_value()
    if not key:
        return Diagnosis("API key", Result.FIX, "NO", "Set STRIPE_API_KEY.")
    mode = "live" if gateway.is_live_mode() else "test"
    return Diagnosis("API key", Result.OK, f"YES, {mode} mode")


def _webhook_secret() -> Diagnosis:
    if settings.CONFIG.STRIPE_WEBHOOK_SECRET.get_secret_value():
        return Diagnosis("Webhook secret", Result.OK, "YES")
    return Diagnosis(
        "Webhook secret",
        Result.FIX,
        "NO: events cannot be verified and are refused",
        "Set STRIPE_WEBHOOK_SECRET to the endpoint's signing secret (whsec_...).",
    )


def _asked_at_stripe() -> list[Diagnosis]:
    """None while Stripe is off. A question that Stripe does not answer stays UNKNOWN."""
    if not subsystems.stripe().is_live:
        return []
    found = []
    for question, ask in _QUESTIONS.items():
        try:
            found.append(ask())
        except gateway.StripeError as error:
            fix = "Check the key and the network, then try again."
            found.append(Diagnosis(question, Result.UNKNOWN, str(error), fix))
    return found


def _account() -> Diagnosis:
    account = gateway.retrieve_account()
    ready = bool(account.get("charges_enabled"))
    answer = f"{account['id']}, charges {'enabled' if ready else 'not enabled'}"
    return Diagnosis(
        "Account", Result.of(ready), answer, "" if ready else "Finish the account at Stripe."
    )


def _product() -> Diagnosis:
    product = gateway.find_product(plan=PRO)
    if product is None:
        return Diagnosis(
            "Product", Result.FIX, "missing", "Run manage.py reconcile_stripe to create it."
        )
    return Diagnosis("Product", Result.OK, str(product["id"]))


def _price() -> Diagnosis:
    prices = gateway.list_prices(plan=PRO)
    wanted = format_cents(PRO.price_cents)
    if not prices:
        return Diagnosis(
            "Price", Result.FIX, "missing", "Run manage.py reconcile_stripe to create it."
        )
    amounts = [int(price["unit_amount"]) for price in prices]
    answer = ", ".join(
        f"{price['id']} {format_cents(a)}" for price, a in zip(prices, amounts, strict=True)
    )
    if amounts != [PRO.price_cents]:
        return Diagnosis(
            "Price", Result.FIX, answer, f"Run manage.py reconcile_stripe to sell at {wanted}."
        )
    return Diagnosis("Price", Result.OK, answer)


def _webhook_endpoint() -> Diagnosis:
    url = f"{settings.CONFIG.BASE_URL}/stripe/webhook"
    found = [e for e in gateway.list_webhook_endpoints() if e.get("url") == url]
    if not found:
        return Diagnosis(
            "Webhook endpoint",
            Result.FIX,
            f"Stripe has no endpoint at {url}",
            "Add it at Stripe with the events of docs/operate/billing.md, or use `stripe listen`.",
        )
    enabled = set(found[0].get("enabled_events") or [])
    missing = sorted(HANDLED - enabled) if "*" not in enabled else []
    if found[0].get("status") == "disabled" or missing:
        words = ", ".join(missing) or "the endpoint is disabled"
        return Diagnosis(
            "Webhook endpoint", Result.FIX, f"not sent: {words}", "Change it at Stripe."
        )
    return Diagnosis("Webhook endpoint", Result.OK, url)


_QUESTIONS: dict[str, Callable[[], Diagnosis]] = {
    "Account": _account,
    "Product": _product,
    "Price": _price,
    "Webhook endpoint": _webhook_endpoint,
}


def _last_event(now: datetime) -> Diagnosis:
    event = BillingEvent.objects.order_by("-received_at").first()
    if event is None:
        return Diagnosis("Last event", Result.UNKNOWN, "none so far")
    return Diagnosis(
        "Last event", Result.OK, f"{event.type}, {timesince(event.received_at, now)} ago"
    )


def _events() -> Diagnosis:
    failed = BillingEvent.objects.filter(status=EventStatus.FAILED).count()
    waiting = BillingEvent.objects.filter(status=EventStatus.PENDING).count()
    answer = f"{failed} failed, {waiting} waiting"
    fix = "Look at the failed events in the console and replay them." if failed else ""
    return Diagnosis("Events", Result.of(not failed), answer, fix)


def _drift(now: datetime) -> Diagnosis:
    drift = Drift.objects.select_related("customer").order_by("-found_at").first()
    if drift is None:
        return Diagnosis("Drift", Result.OK, "none found so far")
    age = timesince(drift.found_at, now)
    state = "repaired" if drift.is_repaired else "not repaired"
    fix = "" if drift.is_repaired else "Run manage.py reconcile_stripe."
    return Diagnosis(
        "Drift", Result.of(drift.is_repaired), f"last {age} ago: {drift}, {state}", fix
    )


def _unknown_statuses() -> Diagnosis:
    count = Subscription.objects.filter(status=SubscriptionStatus.UNKNOWN).count()
    if not count:
        return Diagnosis("Unknown statuses", Result.OK, "none")
    return Diagnosis(
        "Unknown statuses",
        Result.FIX,
        f"{plural(count, 'customer')} without rights",
        "Stripe uses a status that this version does not know. Upgrade, or look at Stripe.",
    )


def _two_subscriptions() -> Diagnosis:
    count = Subscription.objects.filter(live_count__gt=1).count()
    if not count:
        return Diagnosis("Two subscriptions", Result.OK, "none")
    return Diagnosis(
        "Two subscriptions",
        Result.FIX,
        f"{plural(count, 'customer is', 'customers are')} charged twice",
        "In the console, filter Subscriptions by two live ones and choose the one that ends.",
    )

"""The buttons that change a customer's subscription."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponseRedirect

from agents.admin.actions import (
    MONEY,
    CustomerAction,
    NotPossible,
    actor,
    register_action,
)
from billing import gateway
from billing.services import subscriptions, trial_grants
from billing.states import SubscriptionStatus
from hossagent import subsystems

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from accounts.models import Customer

CANCELABLE = frozenset(
    {
        SubscriptionStatus.ACTIVE.value,
        SubscriptionStatus.TRIALING.value,
        SubscriptionStatus.PAST_DUE.value,
        SubscriptionStatus.UNPAID.value,
        SubscriptionStatus.PAUSED.value,
    }
)


def _with_stripe(work: Callable[[], None]) -> None:
    """Run `work`; an error from Stripe, or nothing to do, becomes a sentence."""
    try:
        work()
    except subscriptions.NoTrialToEnd:
        raise NotPossible(
            "This customer has no running trial with a card on file in Stripe. "
            "It can upgrade in the portal, or you can make it complimentary."
        ) from None
    except subscriptions.NothingToCancel:
        raise NotPossible(
            "This customer has no live subscription in Stripe, so there is nothing to cancel."
        ) from None
    except gateway.StripeError as error:
        raise NotPossible(f"{error}") from error


def _upgrade(request: HttpRequest, customer: Customer, now: datetime) -> str:
    _with_stripe(lambda: subscriptions.upgrade(customer=customer, by=actor(request), now=now))
    return f"The trial of {customer.company} has ended. The card on file was charged."


def _cancel(request: HttpRequest, customer: Customer, now: datetime) -> str:
    _with_stripe(lambda: subscriptions.cancel(customer=customer, by=actor(request), now=now))
    return f"{customer.company} keeps access until the end of the period and is not renewed."


def _cancel_now(request: HttpRequest, customer: Customer, now: datetime) -> str:
    _with_stripe(
        lambda: subscriptions.cancel(customer=customer, by=actor(request), now=now, at_once=True)
    )
    return f"The subscription of {customer.company} has ended."


def _manage(request: HttpRequest, customer: Customer, now: datetime) -> HttpResponseBase:
    return HttpResponseRedirect(subscriptions.dashboard_url(customer=customer))


def _grant_trial(request: HttpRequest, customer: Customer, now: datetime) -> str:
    try:
        trial_grants.grant_trial(customer=customer, by=actor(request), now=now)
    except trial_grants.NothingRefused:
        raise NotPossible(
            "This customer was not refused a trial, or already has one. "
            "A customer that has not been claimed yet starts its trial when it is claimed."
        ) from None
    except trial_grants.RightsComeFromElsewhere:
        raise NotPossible(
            "This customer has a subscription in Stripe or is complimentary. "
            "A trial would change nothing."
        ) from None
    return f"The trial of {customer.company} has started. Its owner gets an email."


def _has_no_trial(customer: Customer) -> bool:
    row = customer.subscription
    return (
        customer.closed_at is None
        and row.trial_started_at is None
        and not row.is_complimentary
        and row.status in trial_grants.GRANTABLE
    )


def _on_stripe_trial(customer: Customer) -> bool:
    return (
        subsystems.stripe().is_live and customer.subscription.status == SubscriptionStatus.TRIALING
    )


def _is_subscribed(customer: Customer) -> bool:
    return subsystems.stripe().is_live and customer.subscription.status in CANCELABLE


register_action(
    CustomerAction(
        "grant-trial",
        "Grant a trial",
        MONEY,
        _grant_trial,
        _has_no_trial,
        confirm="The trial guard refused this customer a trial. Its one trial starts now.",
    )
)
register_action(
    CustomerAction(
        "upgrade",
        "Upgrade to paid",
        MONEY,
        _upgrade,
        _on_stripe_trial,
        confirm="The trial ends now and the card on file is charged.",
        tone="go",
    )
)
register_action(
    CustomerAction(
        "cancel",
        "Cancel subscription",
        MONEY,
        _cancel,
        lambda customer: _is_subscribed(customer) and customer.subscription.cancel_at is None,
        confirm="The subscription runs until the end of the paid period and is not renewed.",
        tone="stop",
    )
)
register_action(
    CustomerAction(
        "cancel-now",
        "Cancel now",
        MONEY,
        _cancel_now,
        _is_subscribed,
        confirm="The subscription ends now, without a refund.",
        tone="stop",
    )
)
register_action(
    CustomerAction(
        "manage-billing",
        "Manage billing in Stripe",
        MONEY,
        _manage,
        lambda customer: bool(customer.subscription.stripe_customer_id),
    )
)

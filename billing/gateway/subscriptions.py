"""Changes to a subscription."""

from __future__ import annotations

from typing import TYPE_CHECKING

from billing.gateway.client import as_dict, calling

if TYPE_CHECKING:
    from stripe.params import SubscriptionCancelParams

    from billing.stripe_sync.stripe_objects import StripeObject


def end_trial(*, subscription_id: str) -> StripeObject:
    """End the trial and charge now. Repeating it changes nothing."""
    with calling() as client:
        return as_dict(
            client.v1.subscriptions.update(
                subscription_id, params={"trial_end": "now", "proration_behavior": "none"}
            )
        )


def schedule_cancel(*, subscription_id: str) -> StripeObject:
    """Let the subscription run to the end of the paid period without renewing it."""
    with calling() as client:
        return as_dict(
            client.v1.subscriptions.update(subscription_id, params={"cancel_at_period_end": True})
        )


def cancel_now(*, subscription_id: str, comment: str = "") -> StripeObject:
    """End the subscription at once, without a refund. Stripe keeps `comment` with it.

    Raises `StripeRefused` when it has already ended.
    """
    params: SubscriptionCancelParams = (
        {"cancellation_details": {"comment": comment}} if comment else {}
    )
    with calling() as client:
        return as_dict(client.v1.subscriptions.cancel(subscription_id, params=params))

"""Changes to a subscription."""

from __future__ import annotations

from typing import TYPE_CHECKING

from billing.gateway.client import calling, plain

if TYPE_CHECKING:
    from stripe.params import SubscriptionCancelParams

    from billing.stripe_sync.stripe_objects import StripeObject


def end_trial(*, subscription_id: str) -> StripeObject:
    """Charge now. Repeating it changes nothing: the trial is over then."""
    with calling() as client:
        return plain(
            client.v1.subscriptions.update(
                subscription_id, params={"trial_end": "now", "proration_behavior": "none"}
            )
        )


def schedule_cancel(*, subscription_id: str) -> StripeObject:
    """Runs to the end of the paid period and is not renewed."""
    with calling() as client:
        return plain(
            client.v1.subscriptions.update(subscription_id, params={"cancel_at_period_end": True})
        )


def cancel_now(*, subscription_id: str, comment: str = "") -> StripeObject:
    """Ends at once, without a refund; `comment` is kept with it at Stripe. Refused
    (`StripeRefused`) when it has ended before."""
    params: SubscriptionCancelParams = (
        {"cancellation_details": {"comment": comment}} if comment else {}
    )
    with calling() as client:
        return plain(client.v1.subscriptions.cancel(subscription_id, params=params))

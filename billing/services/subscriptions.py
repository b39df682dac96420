"""The operator's changes to a customer's subscription, and links to the billing portal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from accounts.services.audit import Change, record
from accounts.states import AuditAction
from billing import gateway
from billing.models import Subscription
from billing.services import checkouts
from billing.services.stripe_customers import ensure_stripe_customer
from billing.states import SubscriptionStatus
from billing.stripe_sync import stripe_objects, sync

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer
    from billing.stripe_sync.sync import Synced


class NothingToCancel(Exception):
    """No subscription is live at Stripe."""


class NoTrialToEnd(Exception):
    """No Stripe trial with a card on file is running, so upgrading takes a checkout."""


def upgrade(*, customer: Customer, by: str, now: datetime) -> None:
    """End the running Stripe trial and charge the card on file at once.

    Raises `NoTrialToEnd`, `gateway.CardDeclined` (the trial has then ended, unpaid), and
    the gateway's other errors. The audit row holds the state that Stripe returns.
    """
    synced = sync.sync_customer(customer_id=customer.pk, now=now)
    if synced is None or synced.row.status != SubscriptionStatus.TRIALING:
        raise NoTrialToEnd
    gateway.end_trial(subscription_id=synced.row.stripe_subscription_id)
    after = _sync_and_record(
        customer, synced, by=by, action=AuditAction.SUBSCRIPTION_UPGRADED, now=now
    )
    checkouts.raise_if_declined(row=after)


def cancel(*, customer: Customer, by: str, now: datetime, at_once: bool = False) -> None:
    """Cancel at the end of the period, or at once without a refund. If the customer has two
    live subscriptions, both are canceled.

    Raises `NothingToCancel` and the gateway's errors.
    """
    synced = sync.sync_customer(customer_id=customer.pk, now=now)
    live = stripe_objects.live_subscriptions(synced.subscriptions) if synced else []
    if synced is None or not live:
        raise NothingToCancel
    for subscription in live:
        if at_once:
            gateway.cancel_now(subscription_id=str(subscription["id"]))
        else:
            gateway.schedule_cancel(subscription_id=str(subscription["id"]))
    action = AuditAction.SUBSCRIPTION_ENDED if at_once else AuditAction.SUBSCRIPTION_CANCELED
    _sync_and_record(customer, synced, by=by, action=action, now=now)


def cancel_one(*, customer: Customer, subscription_id: str, by: str, now: datetime) -> None:
    """End one of the customer's live subscriptions at once, and leave the others alone.

    Nothing is refunded: a person decides that at Stripe. Raises `NothingToCancel` when it
    is not this customer's or not live, and the gateway's errors.
    """
    synced = sync.sync_customer(customer_id=customer.pk, now=now)
    live = stripe_objects.live_subscriptions(synced.subscriptions) if synced else []
    if synced is None or subscription_id not in {thing["id"] for thing in live}:
        raise NothingToCancel
    gateway.cancel_now(subscription_id=subscription_id)
    _sync_and_record(
        customer,
        synced,
        by=by,
        action=AuditAction.SECOND_SUBSCRIPTION_CANCELED,
        now=now,
        note=subscription_id,
    )


def portal_url(*, customer: Customer, now: datetime) -> str:
    """A fresh link into Stripe's billing portal, which leads back to ours.

    Raises the gateway's errors.
    """
    session = gateway.create_portal_session(
        stripe_customer_id=ensure_stripe_customer(customer=customer, now=now),
        return_url=f"{settings.CONFIG.BASE_URL}/post-billing",
    )
    return str(session["url"])


def _sync_and_record(
    customer: Customer,
    before: Synced,
    *,
    by: str,
    action: AuditAction,
    now: datetime,
    note: str = "",
) -> Subscription:
    """Sync after a change at Stripe and audit it. Returns the row as it is then.

    The change is audited even if Stripe stops answering after it was made.
    """
    facts = {"status": before.row.status, "live_count": before.row.live_count}

    def record_synced(after: Synced) -> None:
        record_change(
            {
                "status": after.row.status,
                "live_count": after.row.live_count,
                "cancel_at": str(after.row.cancel_at or ""),
            }
        )

    def record_change(result: dict[str, object]) -> None:
        record(
            action,
            at=now,
            actor=by,
            customer_id=customer.pk,
            subject=before.row,
            change=Change(before=facts, after=result, note=note),
        )

    try:
        sync.sync_customer(customer_id=customer.pk, now=now, and_then=record_synced)
    except gateway.StripeError as error:
        record_change({"status": "not known yet"})
        raise gateway.StripeUnavailable(
            "Stripe has done it, but did not answer afterward. This page updates in a few minutes."
        ) from error
    return Subscription.objects.get(customer_id=customer.pk)


def dashboard_url(*, customer: Customer) -> str:
    """The customer's page in Stripe's Dashboard, for the operator."""
    mode = "" if gateway.is_live_mode() else "test/"
    return (
        f"https://dashboard.stripe.com/{mode}customers/{customer.subscription.stripe_customer_id}"
    )

"""Buying the subscription: at most one open checkout, at most one live subscription."""

from __future__ import annotations

import logging
import math
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction

from billing import gateway
from billing.models import Checkout, Subscription, TrialIdentity
from billing.services import catalog, dunning, trial_guard
from billing.services.stripe_customers import ensure_stripe_customer
from billing.states import CheckoutPurpose, CheckoutStatus, SubscriptionStatus
from billing.stripe_sync import stripe_objects, sync

if TYPE_CHECKING:
    from datetime import datetime

    from stripe.params.checkout import SessionCreateParamsSubscriptionData

    from accounts.models import Customer
    from billing.stripe_sync.stripe_objects import StripeObject

logger = logging.getLogger("billing.checkouts")

# Stripe closes a session after 24 hours. We stop using it a little earlier.
OPEN_FOR = timedelta(hours=23)
# Stripe accepts `trial_end` only when it is at least two days ahead.
SHORTEST_TRIAL_END = timedelta(hours=49)
TRIES = 3


class AlreadySubscribed(Exception):
    """A subscription is live, so there is nothing to buy."""


class CheckoutBusy(Exception):
    """Another tab is opening a checkout at this moment. Try again."""


class NotYourCheckout(Exception):
    """The checkout session belongs to somebody else, or does not exist."""


def start_checkout(*, customer: Customer, purpose: CheckoutPurpose, now: datetime) -> str:
    """The URL of Stripe's page where the customer subscribes.

    START keeps what is left of the free trial, on a customer's first subscription only;
    UPGRADE charges at once. A second tab gets the same page. Stripe is asked for the
    current state first. Raises `AlreadySubscribed` when a subscription is live,
    `CheckoutBusy`, and the gateway's errors.
    """
    ensure_stripe_customer(customer=customer, now=now)
    row = _row_without_subscription(customer, now)
    price_id = catalog.get_price_id()
    for _ in range(TRIES):
        checkout = _open_checkout(customer, purpose, now)
        if checkout.url and (url := _url_while_open(checkout, now)):
            return url
        if checkout.status != CheckoutStatus.OPEN or checkout.url:
            continue
        try:
            session = gateway.create_checkout_session(
                request=_checkout_request(checkout, row=row, price_id=price_id)
            )
        except gateway.StripeRefused as error:
            _expire(checkout, now)
            logger.warning("[STRIPE][CHECKOUT_REFUSED] checkout=%s %s", checkout.pk, error)
            raise
        if _record_session(checkout, session):
            return str(session["url"])
        # Another tab expired it while Stripe was answering.
        gateway.expire_checkout_session(session_id=str(session["id"]))
    raise CheckoutBusy


def _row_without_subscription(customer: Customer, now: datetime) -> Subscription:
    """The customer's row, up to date with Stripe. Raises `AlreadySubscribed`."""
    synced = sync.sync_customer(customer_id=customer.pk, now=now)
    if synced is None or stripe_objects.live_subscriptions(synced.subscriptions):
        raise AlreadySubscribed
    return synced.row


def _open_checkout(customer: Customer, purpose: CheckoutPurpose, now: datetime) -> Checkout:
    """The customer's only open checkout, for this purpose. One that has another purpose or
    is too old is closed first, at Stripe as well."""
    current = Checkout.objects.filter(customer=customer, status=CheckoutStatus.OPEN).first()
    if current is not None:
        if current.purpose == purpose and current.expires_at > now:
            return current
        if current.stripe_session_id:
            gateway.expire_checkout_session(session_id=current.stripe_session_id)
        _expire(current, now)
    try:
        with transaction.atomic():
            return Checkout.objects.create(
                customer=customer, purpose=purpose, created_at=now, expires_at=now + OPEN_FOR
            )
    except IntegrityError:
        # The other tab was first. Use its row.
        other = Checkout.objects.filter(customer=customer, status=CheckoutStatus.OPEN).first()
        if other is None or other.purpose != purpose:
            raise CheckoutBusy from None
        return other


def _url_while_open(checkout: Checkout, now: datetime) -> str:
    """The page of a session that is still open at Stripe. Otherwise closes our row."""
    session = gateway.retrieve_checkout_session(session_id=checkout.stripe_session_id)
    if session.get("status") == "open":
        return checkout.url
    close_checkout(session=session, now=now)
    if session.get("status") == "complete":
        # It may have been paid just now, or long ago with a subscription that has ended.
        _row_without_subscription(checkout.customer, now)
    return ""


def _checkout_request(
    checkout: Checkout, *, row: Subscription, price_id: str
) -> gateway.CheckoutRequest:
    back = "/signup" if checkout.purpose == CheckoutPurpose.START else "/portal/"
    return gateway.CheckoutRequest(
        checkout_id=checkout.pk,
        created_at=checkout.created_at,
        stripe_customer_id=row.stripe_customer_id,
        price_id=price_id,
        trial=_remaining_trial(row, checkout),
        success_url=f"{settings.CONFIG.BASE_URL}/post-checkout?session_id={{CHECKOUT_SESSION_ID}}",
        cancel_url=f"{settings.CONFIG.BASE_URL}{back}",
        metadata={
            settings.DJSTRIPE_SUBSCRIBER_CUSTOMER_KEY: str(row.pk),
            "hossagent_checkout": str(checkout.pk),
        },
    )


def _remaining_trial(
    row: Subscription, checkout: Checkout
) -> SessionCreateParamsSubscriptionData | None:
    """What was left of the local trial when the checkout was opened; never a second trial.

    Within two days of its end, Stripe accepts whole days only, so they are rounded up.
    """
    now, ends = checkout.created_at, row.trial_ends_at
    first = row.status in {SubscriptionStatus.NONE, SubscriptionStatus.INCOMPLETE}
    if checkout.purpose != CheckoutPurpose.START or not first or ends is None:
        return None
    if row.trial_started_at is None or ends <= now:
        return None
    if ends - now >= SHORTEST_TRIAL_END:
        return {"trial_end": int(ends.timestamp())}
    return {"trial_period_days": math.ceil((ends - now) / timedelta(days=1))}


def _record_session(checkout: Checkout, session: StripeObject) -> bool:
    """Write down Stripe's session. False when another tab closed the checkout meanwhile."""
    return bool(
        Checkout.objects.filter(pk=checkout.pk, status=CheckoutStatus.OPEN).update(
            stripe_session_id=session["id"], url=session["url"]
        )
    )


def _expire(checkout: Checkout, now: datetime) -> None:
    Checkout.objects.filter(pk=checkout.pk).move(
        source=CheckoutStatus.OPEN, target=CheckoutStatus.EXPIRED, finished_at=now
    )


def upgrade_now(*, customer: Customer, now: datetime) -> bool:
    """End the customer's Stripe trial and charge the card on file.

    False when no such trial is running: then it takes a checkout. Raises `CardDeclined`,
    also when the trial ended but the payment failed, and the gateway's other errors.
    """
    synced = sync.sync_customer(customer_id=customer.pk, now=now)
    if synced is None or synced.row.status != SubscriptionStatus.TRIALING:
        return False
    gateway.end_trial(subscription_id=synced.row.stripe_subscription_id)
    after = sync.sync_customer(customer_id=customer.pk, now=now)
    if after is not None:
        raise_if_declined(row=after.row)
    return True


def raise_if_declined(*, row: Subscription) -> None:
    """Raise `CardDeclined` when the charge at the end of a trial failed. Stripe reports that
    in the subscription's status, not in its answer to the call."""
    if row.status in {SubscriptionStatus.PAST_DUE, SubscriptionStatus.UNPAID}:
        raise gateway.CardDeclined("The trial has ended, and the card on file was declined.")


def complete_checkout(*, customer: Customer, session_id: str, now: datetime) -> Subscription:
    """Bring the customer, who is back from Checkout, to Stripe's state without waiting for
    the webhook. Raises `NotYourCheckout` when the session is not this customer's."""
    row = Subscription.objects.get(customer_id=customer.pk)
    try:
        session = gateway.retrieve_checkout_session(session_id=session_id)
    except gateway.StripeRefused as error:
        raise NotYourCheckout from error
    owner = stripe_objects.id_of(session.get("customer"))
    if not row.stripe_customer_id or owner != row.stripe_customer_id:
        raise NotYourCheckout
    synced = sync.sync_customer(
        customer_id=customer.pk,
        now=now,
        and_then=lambda _: close_checkout(session=session, now=now),
    )
    end_second_trial(customer=customer, now=now)
    return Subscription.objects.get(customer_id=customer.pk) if synced else row


def end_second_trial(*, customer: Customer, now: datetime) -> bool:
    """End a trial whose card has already had one with another customer. True when it did.

    The card is known only after checkout. The subscription is canceled before anything is
    charged, and the customer is offered the product without a trial.
    """
    row = Subscription.objects.get(customer_id=customer.pk)
    if row.status != SubscriptionStatus.TRIALING:
        return False
    cards = gateway.list_card_fingerprints(stripe_customer_id=row.stripe_customer_id)
    for fingerprint in cards:
        trial_guard.record_card(customer=customer, fingerprint=fingerprint, now=now)
    if not TrialIdentity.objects.refused().filter(customer=customer).exists():
        return False
    gateway.cancel_now(subscription_id=row.stripe_subscription_id, comment=dunning.SECOND_TRIAL)
    sync.sync_customer(
        customer_id=customer.pk,
        now=now,
        and_then=lambda synced: dunning.notify_second_trial(synced=synced, now=now),
    )
    return True


def close_checkout(*, session: StripeObject, now: datetime) -> None:
    """Close our row of a session that is complete or expired at Stripe."""
    target = {"complete": CheckoutStatus.COMPLETED, "expired": CheckoutStatus.EXPIRED}.get(
        str(session.get("status"))
    )
    if target is None:
        return
    rows = Checkout.objects.filter(stripe_session_id=session["id"])
    rows.move(source=CheckoutStatus.OPEN, target=target, finished_at=now)
    if target is CheckoutStatus.COMPLETED:
        rows.move(source=CheckoutStatus.EXPIRED, target=target, finished_at=now)

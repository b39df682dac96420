"""Mail to customers about money: a payment that failed, a subscription that ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.models import Customer
from accounts.services.outbox import AccountEmail, queue_mail
from billing.entitlements import PAST_DUE_GRACE
from billing.plans import PRO
from billing.stripe_sync import stripe_objects
from hossagent.lib.calendars import format_local_day
from hossagent.lib.money import format_cents

if TYPE_CHECKING:
    from datetime import datetime

    from billing.stripe_sync.sync import Synced


# Stored with the subscription at Stripe, so that the event of its end says why it ended.
SECOND_TRIAL = "hossagent: this card has had a trial"


def notify_payment_failed(*, synced: Synced, invoice_id: str, now: datetime) -> None:
    """Mail the customer once per failed attempt, if the invoice is still unpaid."""
    invoice = synced.invoice(invoice_id)
    if invoice is None or not stripe_objects.is_invoice_unpaid(invoice):
        return
    customer = Customer.objects.get(pk=synced.row.pk)
    since = synced.row.past_due_since
    queue_mail(
        AccountEmail(
            kind="billing/payment_failed",
            to=customer.email,
            context={
                "customer": customer,
                "amount": format_cents(int(invoice["amount_remaining"])),
                "until": format_local_day(since + PAST_DUE_GRACE, customer.timezone)
                if since
                else "",
                "pay_url": invoice.get("hosted_invoice_url") or "",
            },
        ),
        dedupe_key=f"payment_failed:{invoice_id}:{invoice.get('attempt_count') or 1}",
        now=now,
        customer_id=customer.pk,
    )


def notify_canceled(*, synced: Synced, subscription_id: str, now: datetime) -> None:
    """Mail the customer once that the subscription ended, unless another one is live."""
    ended = next((s for s in synced.subscriptions if s["id"] == subscription_id), None)
    if ended is None or ended.get("status") != "canceled":
        return
    if (ended.get("cancellation_details") or {}).get("comment") == SECOND_TRIAL:
        return  # `notify_second_trial` writes about this one.
    if stripe_objects.live_subscriptions(synced.subscriptions):
        return
    customer = Customer.objects.get(pk=synced.row.pk)
    queue_mail(
        AccountEmail(
            kind="billing/canceled", to=customer.email, context={"customer": customer, "plan": PRO}
        ),
        dedupe_key=f"canceled:{subscription_id}",
        now=now,
        customer_id=customer.pk,
    )


def notify_second_trial(*, synced: Synced, now: datetime) -> None:
    """Mail the customer once that the card has had a trial, and how to subscribe without."""
    customer = Customer.objects.get(pk=synced.row.pk)
    queue_mail(
        AccountEmail(
            kind="billing/second_trial",
            to=customer.email,
            context={"customer": customer, "plan": PRO, "price": format_cents(PRO.price_cents)},
        ),
        dedupe_key=f"second_trial:{customer.pk}",
        now=now,
        customer_id=customer.pk,
    )

"""The mail before a trial ends: what was done, and what would have been sent."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts.models import Customer
from accounts.services.outbox import AccountEmail, queue_mail
from agents.models import Message
from agents.states import MessageMode, MessageStatus
from billing import entitlements
from billing.models import Subscription
from billing.plans import PRO
from billing.states import SubscriptionStatus
from hossagent.lib.money import format_cents

if TYPE_CHECKING:
    from datetime import datetime

AHEAD = timedelta(days=2)
SHOWN = 3
# Written and let through the gate: with a paid plan these would have been sent.
WOULD_HAVE_BEEN_SENT = (MessageStatus.DRY_RUN,)


def send_trial_reminder_next(*, now: datetime) -> bool:
    """Mail one customer whose trial ends within two days, once; False when none is due."""
    due = (
        Subscription.objects.filter(
            trial_mail_at=None, trial_ends_at__gt=now, trial_ends_at__lte=now + AHEAD
        )
        .order_by("trial_ends_at")
        .values_list("pk", flat=True)
        .first()
    )
    if due is None:
        return False
    with transaction.atomic():
        claimed = Subscription.objects.filter(pk=due, trial_mail_at=None).update(trial_mail_at=now)
        customer = Customer.objects.select_related("subscription").get(pk=due)
        on_trial = entitlements.is_trial_active(customer, now=now)
        if claimed and on_trial and customer.closed_at is None:
            _queue_reminder(customer, now=now)
    return True


def _queue_reminder(customer: Customer, *, now: datetime) -> None:
    subscription = customer.subscription
    ends = entitlements.get_trial_end(subscription)
    assert ends is not None
    local = ends.astimezone(ZoneInfo(customer.timezone))
    unsent = Message.objects.filter(
        customer=customer, mode=MessageMode.DRY_RUN, status__in=WOULD_HAVE_BEEN_SENT
    )
    has_card = subscription.status == SubscriptionStatus.TRIALING
    queue_mail(
        AccountEmail(
            kind="billing/trial_ending",
            to=customer.email,
            context={
                "customer": customer,
                "plan": PRO,
                "price": format_cents(PRO.price_cents),
                "ends_on": f"{local:%B} {local.day}",
                "will_renew": has_card and subscription.cancel_at is None,
                "leads": subscription.leads_used,
                "tasks": subscription.tasks_used,
                "unsent": unsent.count(),
                "examples": list(unsent.select_related("lead").order_by("-pk")[:SHOWN]),
            },
        ),
        dedupe_key=f"trial_ending:{customer.pk}",
        now=now,
        customer_id=customer.pk,
    )

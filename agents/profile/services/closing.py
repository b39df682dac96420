"""Closing an account: the agents stop at once, and nothing that was planned is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.models import Customer
from accounts.services import audit
from accounts.states import AuditAction
from agents.models import Message
from agents.states import MESSAGE_CANCELABLE, MessageStatus
from billing.entitlements import PlanStatus, get_plan_status

if TYPE_CHECKING:
    from datetime import datetime

# Plans whose card is still being charged, or is about to be.
STILL_PAYING = frozenset(
    {PlanStatus.ACTIVE, PlanStatus.PAST_DUE, PlanStatus.PAST_DUE_STOPPED, PlanStatus.UNPAID}
)


class StillPaying(Exception):
    """The subscription would go on charging; it has to be canceled first."""


class HouseStaysOpen(Exception):
    """The operator's own row cannot be closed from the portal."""


def close_customer(*, customer: Customer, by: str, now: datetime) -> None:
    """Close the account for everybody who belongs to it; the rows are kept.

    Messages that have not left are canceled in the same transaction. Raises
    `StillPaying` and `HouseStaysOpen`.
    """
    if customer.is_house:
        raise HouseStaysOpen
    if _is_charged(customer, now=now):
        raise StillPaying
    with transaction.atomic():
        closed = Customer.objects.filter(pk=customer.pk, closed_at=None).update(
            closed_at=now, autopilot=False, next_run_at=None
        )
        if not closed:
            return
        for status in MESSAGE_CANCELABLE:
            Message.objects.for_customer(customer).move(
                source=status,
                target=MessageStatus.CANCELED,
                due_at=None,
                finished_at=now,
                held_reason="The account was closed.",
            )
        audit.record(
            AuditAction.CUSTOMER_CLOSED,
            at=now,
            actor=by,
            customer_id=customer.pk,
            subject=customer,
            change=audit.Change(after={"closed_at": now.isoformat()}),
        )


def _is_charged(customer: Customer, *, now: datetime) -> bool:
    subscription = customer.subscription
    status = get_plan_status(customer, now=now)
    # A trial with a card on file becomes a charge on its last day.
    has_card = bool(subscription.stripe_subscription_id) and status is PlanStatus.TRIAL
    return status in STILL_PAYING or (has_card and subscription.cancel_at is None)

"""BizDev: plans the sequence, writes the copy, releases a cycle's mails, sends what is due."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from agents.mode import get_outreach_mode
from agents.models import Lead, Message
from agents.outreach.services.bizdev.plan import plan_leads, requeue_leads_after_mode_change
from agents.outreach.services.bizdev.release import expire_approvals, release_messages
from agents.outreach.services.send import send_next
from agents.states import MessageStatus

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer

__all__ = ["run_bizdev"]


def run_bizdev(*, customer: Customer, now: datetime) -> dict[str, int]:
    """One customer's turn: at most `MAX_EMAILS_PER_CYCLE` leads planned, as many messages
    released (queued, or laid before a person) and as many sent.

    Two statements when there is nothing to do.
    """
    limit = settings.CONFIG.MAX_EMAILS_PER_CYCLE
    counts: dict[str, int] = {}
    mode = get_outreach_mode(customer=customer, now=now)
    if customer.profile.outreach_mode != mode:
        counts["looked_again"] = requeue_leads_after_mode_change(
            customer=customer, mode=mode, now=now
        )
    leads = list(
        Lead.objects.for_customer(customer).due(now=now).order_by("next_action_at", "pk")[:limit]
    )
    if leads:
        counts |= plan_leads(customer=customer, leads=leads, mode=mode, now=now)
    due = list(
        Message.objects.for_customer(customer)
        .filter(
            status__in=[
                MessageStatus.PLANNED,
                MessageStatus.AWAITING_APPROVAL,
                MessageStatus.QUEUED,
            ],
            due_at__lte=now,
        )
        .order_by("due_at", "pk")[: 3 * limit]
    )
    by_status: dict[str, list[Message]] = {}
    for message in due:
        by_status.setdefault(message.status, []).append(message)
    if late := by_status.get(MessageStatus.AWAITING_APPROVAL):
        counts["expired"] = expire_approvals(messages=late, now=now)
    if planned := by_status.get(MessageStatus.PLANNED):
        counts |= release_messages(customer=customer, messages=planned[:limit], now=now)
    if planned or by_status.get(MessageStatus.QUEUED):
        counts["handled"] = _send_due(customer=customer, limit=limit, now=now)
    return {name: count for name, count in counts.items() if count}


def _send_due(*, customer: Customer, limit: int, now: datetime) -> int:
    handled = 0
    while handled < limit and send_next(now=now, customer=customer):
        handled += 1
    return handled

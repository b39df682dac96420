"""Claiming due messages: a lease under which nothing leaves yet, safe to release."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction
from django.db.models import Exists, F, Q

from agents.mode import get_sender_address
from agents.models import Mailbox, Message
from agents.states import HoldCode, MessageMode, MessageStatus
from hossagent import subsystems

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from accounts.models import Customer
    from agents.models.message import MessageQuerySet

LEASE = timedelta(minutes=2)
AFTER_A_FAULT = timedelta(minutes=5)


class Claimed(NamedTuple):
    """A row under our lease, as long as it still has this fence."""

    pk: int
    customer_id: int
    fence: int


def _unless_paced(due: MessageQuerySet, *, now: datetime) -> MessageQuerySet:
    """Without the live rows while the mailbox's next email must wait: they stay untouched.

    The gate asks again at the point of no return; this only keeps a long queue from being
    claimed and released for every single email.
    """
    if not subsystems.email().is_live:
        return due
    resting = Mailbox.objects.filter(pk=get_sender_address(), next_send_at__gt=now)
    return due.filter(Q(mode=MessageMode.DRY_RUN) | ~Exists(resting))


def claim(*, now: datetime, limit: int, customer: Customer | None = None) -> list[Claimed]:
    """Up to `limit` due rows of one customer, now CLAIMED under a new fence.

    Of any number of workers exactly one gets a row.
    """
    due = _unless_paced(Message.objects.due(now=now), now=now).select_for_update(skip_locked=True)
    if customer is not None:
        due = due.filter(customer=customer)
    with transaction.atomic():
        mine = list(due.values_list("pk", "customer_id", "fence")[:1])
        if not mine:
            return []
        if limit > 1:
            # Rows of one customer share a transaction; the longest waiting one says whose.
            # It is among them: a lock of our own is not skipped.
            same = due.filter(customer=mine[0][1])
            mine = list(same.values_list("pk", "customer_id", "fence")[:limit])
        Message.objects.filter(pk__among=[pk for pk, _, _ in mine]).move(
            source=MessageStatus.QUEUED,
            target=MessageStatus.CLAIMED,
            due_at=now + LEASE,
            fence=F("fence") + 1,
        )
    return [Claimed(pk, customer_id, fence + 1) for pk, customer_id, fence in mine]


def release(rows: Sequence[Claimed], *, now: datetime) -> None:
    """Release a claim after a fault; each row waits a while, so that others go first."""
    for row in rows:
        Message.objects.filter(pk=row.pk, fence=row.fence).move(
            source=MessageStatus.CLAIMED,
            target=MessageStatus.QUEUED,
            due_at=now + AFTER_A_FAULT,
            held_code=HoldCode.FAULT,
            held_reason="Something went wrong while this was prepared. HossAgent will try again.",
        )

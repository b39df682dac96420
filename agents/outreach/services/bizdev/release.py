"""From planned to queued: a cycle's share, with a pause between one mail and the next."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from agents.mode import get_clock
from agents.models import Lead, Message
from agents.outreach.gate import THROTTLES
from agents.outreach.selectors.gather.messages import needs_approval
from agents.outreach.services.bizdev.plan import TRY_AGAIN, write
from agents.outreach.services.send.limits import jitter
from agents.states import LEAD_OPEN_TO_OUTREACH, HoldCode, MessageStatus
from agents.writing.errors import UnresolvedPlaceholder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from accounts.models import Customer

APPROVAL_EXPIRES = timedelta(days=3)
PLAN_ANEW_AFTER = timedelta(days=1)


def release_messages(
    *, customer: Customer, messages: Sequence[Message], now: datetime
) -> dict[str, int]:
    """Queue planned messages, or lay them before a person, as the approval mode says.

    Queued ones are due one after the other, 1 to 5 seconds apart. While a whole cycle's
    share waits for a limit already, no more join it: the limit would refuse each of them.
    """
    counts = {"released": 0, "awaiting": 0, "held": 0, "waiting": 0}
    queued = {mode: _waiting_for_a_limit(customer, mode) for mode in {m.mode for m in messages}}
    leaves_at = now
    for message in messages:
        if not message.body.strip() and not _write_missing(customer, message, now=now):
            counts["held"] += 1
        elif needs_approval(message, customer=customer):
            counts["awaiting"] += _move(
                message, MessageStatus.AWAITING_APPROVAL, due_at=now + APPROVAL_EXPIRES
            )
        elif len(queued[message.mode]) >= settings.CONFIG.MAX_EMAILS_PER_CYCLE:
            counts["waiting"] += _wait(message, until=min(queued[message.mode]))
        elif _move(message, MessageStatus.QUEUED, due_at=leaves_at, held_code="", held_reason=""):
            counts["released"] += 1
            queued[message.mode].append(leaves_at)
            leaves_at += jitter()
    return counts


def _waiting_for_a_limit(customer: Customer, mode: str) -> list[datetime]:
    """When the queued mails that a limit holds back are looked at again; a share at most."""
    rows = Message.objects.for_customer(customer).filter(
        status=MessageStatus.QUEUED, due_at__isnull=False, mode=mode, held_code__in=THROTTLES
    )
    limit: int = settings.CONFIG.MAX_EMAILS_PER_CYCLE
    return list(rows.order_by("due_at").values_list("due_at", flat=True)[:limit])  # type: ignore[arg-type] # filtered


def _wait(message: Message, *, until: datetime) -> int:
    """Out of the due set until the mails before it move, so that it blocks no other."""
    return Message.objects.filter(pk=message.pk, status=MessageStatus.PLANNED).update(
        due_at=until,
        held_code=HoldCode.SHARE,
        held_reason="Other emails are waiting for a sending limit. This one goes out after them.",
    )


def _move(message: Message, target: MessageStatus, **fields: object) -> int:
    return Message.objects.filter(pk=message.pk).move(
        source=MessageStatus.PLANNED, target=target, **fields
    )


def _write_missing(customer: Customer, message: Message, *, now: datetime) -> bool:
    """The copy that could not be written at planning; False when a fact is still missing."""
    lead = message.lead
    rows = Message.objects.filter(pk=message.pk, status=MessageStatus.PLANNED)
    opener = Message.objects.filter(lead=lead, mode=message.mode, step=0).exclude(subject="")
    try:
        copy = write(
            customer=customer,
            lead=lead,
            step=message.step,
            opener_subject=opener.values_list("subject", flat=True).first() or "",
            now=now,
        )
    except UnresolvedPlaceholder as missing:
        rows.update(
            due_at=get_clock(is_fictional=lead.is_fictional).after(now, TRY_AGAIN),
            held_reason=f"{lead.company}: {missing.fact} is missing. {missing.sentence}"[:300],
        )
        return False
    message.subject, message.body = copy.subject[:200], copy.body
    return bool(
        rows.update(subject=message.subject, body=message.body, written_by=copy.written_by[:40])
    )


def expire_approvals(*, messages: Sequence[Message], now: datetime) -> int:
    """Texts that nobody approved in time are not kept for later: the step is planned anew."""
    expired = 0
    for message in messages:
        with transaction.atomic():
            if Message.objects.filter(pk=message.pk).move(
                source=MessageStatus.AWAITING_APPROVAL,
                target=MessageStatus.CANCELED,
                due_at=None,
                finished_at=now,
                held_code=HoldCode.APPROVAL_EXPIRED,
                held_reason="No one approved it within three days. A new version will be written.",
            ):
                Lead.objects.filter(pk=message.lead_id, status__in=LEAD_OPEN_TO_OUTREACH).update(
                    next_action_at=now + PLAN_ANEW_AFTER
                )
                expired += 1
    return expired

"""What a customer sets itself.

Each change is one transaction with its audit event, and makes the customer's next cycle due
at once, so it takes effect soon.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from accounts.models import Customer
from accounts.services import audit
from accounts.states import AuditAction
from agents.lease import schedule_now
from agents.models import Profile
from hossagent.lib.text import single_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, time

    from django.db.models import Model

    from agents.states import ApprovalMode


@dataclass(frozen=True, slots=True)
class BusinessProfile:
    """What the agents know about the business."""

    company: str
    offer: str
    ideal_customer: str
    tone: str


def update_profile(
    *, customer: Customer, business: BusinessProfile, by: str, now: datetime
) -> bool:
    """Save what the agents know about the business. True when something changed."""
    wanted = {
        "offer": business.offer.strip(),
        "ideal_customer": business.ideal_customer.strip(),
        "tone": single_line(business.tone, 60),
    }
    with transaction.atomic():
        row = Customer.objects.lock(customer.pk)
        profile = Profile.objects.select_for_update().get(customer=customer)
        is_renamed = _save_changes(
            row,
            {"company": single_line(business.company)},
            action=AuditAction.COMPANY_RENAMED,
            customer=customer,
            by=by,
            now=now,
        )
        is_changed = _save_changes(
            profile,
            wanted,
            action=AuditAction.PROFILE_CHANGED,
            customer=customer,
            by=by,
            now=now,
        )
    return is_renamed or is_changed


def update_market(
    *, customer: Customer, niche: str, geography: str, by: str, now: datetime
) -> bool:
    """Save whom to look for, and where; the search starts over when that changes. True when
    it did."""
    wanted = {"niche": single_line(niche), "geography": single_line(geography)}
    with transaction.atomic():
        row = Customer.objects.lock(customer.pk)
        return _save_changes(
            row, wanted, action=AuditAction.MARKET_CHANGED, customer=customer, by=by, now=now
        )


@dataclass(frozen=True, slots=True)
class SendingSettings:
    """Who signs the mails, and when they may go out."""

    sender_name: str
    postal_address: str
    timezone: str
    window_start: time
    window_end: time
    window_weekdays: Sequence[int]


def update_sending(*, customer: Customer, sending: SendingSettings, by: str, now: datetime) -> bool:
    """Save who signs the mails, and when they may go out. True when something changed."""
    wanted = {
        "sender_name": single_line(sending.sender_name, 120),
        "postal_address": sending.postal_address.strip(),
        "window_start": sending.window_start,
        "window_end": sending.window_end,
        "window_weekdays": sorted(sending.window_weekdays),
    }
    with transaction.atomic():
        row = Customer.objects.lock(customer.pk)
        profile = Profile.objects.select_for_update().get(customer=customer)
        is_moved = _save_changes(
            row,
            {"timezone": sending.timezone},
            action=AuditAction.TIMEZONE_CHANGED,
            customer=customer,
            by=by,
            now=now,
        )
        is_changed = _save_changes(
            profile,
            wanted,
            action=AuditAction.SENDING_CHANGED,
            customer=customer,
            by=by,
            now=now,
        )
    return is_moved or is_changed


def set_approval_mode(*, customer: Customer, mode: ApprovalMode, by: str, now: datetime) -> bool:
    """Save which mails wait for a person. True when that changed."""
    with transaction.atomic():
        Customer.objects.lock(customer.pk)
        profile = Profile.objects.select_for_update().get(customer=customer)
        return _save_changes(
            profile,
            {"approval_mode": mode.value},
            action=AuditAction.APPROVAL_MODE_CHANGED,
            customer=customer,
            by=by,
            now=now,
        )


def _save_changes(
    row: Model,
    wanted: Mapping[str, Any],
    *,
    action: AuditAction,
    customer: Customer,
    by: str,
    now: datetime,
) -> bool:
    """Save what differs, record it, and make the next cycle due. False, and nothing done, when
    nothing differs."""
    before = {name: getattr(row, name) for name, value in wanted.items()}
    after = {name: value for name, value in wanted.items() if before[name] != value}
    if not after:
        return False
    for name, value in after.items():
        setattr(row, name, value)
    row.save(update_fields=list(after))
    audit.record(
        action,
        at=now,
        actor=by,
        customer_id=customer.pk,
        subject=row,
        change=audit.Change(
            before={name: _plain(before[name]) for name in after},
            after={name: _plain(value) for name, value in after.items()},
        ),
    )
    schedule_now(customer_id=customer.pk, now=now)
    return True


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | str | list) else str(value)

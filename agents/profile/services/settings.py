"""What a customer sets itself: each change is one transaction with its audit event, and
asks for a pass so that it takes effect soon."""

from __future__ import annotations

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


def update_profile(
    *,
    customer: Customer,
    company: str,
    offer: str,
    ideal_customer: str,
    tone: str,
    by: str,
    now: datetime,
) -> bool:
    """What the agents know about the business. True when something changed."""
    changed = {
        "offer": offer.strip(),
        "ideal_customer": ideal_customer.strip(),
        "tone": single_line(tone, 60),
    }
    with transaction.atomic():
        row = Customer.objects.lock(customer.pk)
        profile = Profile.objects.select_for_update().get(customer=customer)
        renamed = _change(
            row,
            {"company": single_line(company)},
            customer,
            AuditAction.COMPANY_RENAMED,
            by=by,
            now=now,
        )
        return (
            _change(profile, changed, customer, AuditAction.PROFILE_CHANGED, by=by, now=now)
            or renamed
        )


def update_market(
    *, customer: Customer, niche: str, geography: str, by: str, now: datetime
) -> bool:
    """Whom to look for, and where; the search starts over when that changes."""
    changed = {"niche": single_line(niche), "geography": single_line(geography)}
    with transaction.atomic():
        row = Customer.objects.lock(customer.pk)
        return _change(row, changed, customer, AuditAction.MARKET_CHANGED, by=by, now=now)


def update_sending(
    *,
    customer: Customer,
    sender_name: str,
    postal_address: str,
    timezone: str,
    window_start: time,
    window_end: time,
    window_weekdays: Sequence[int],
    by: str,
    now: datetime,
) -> bool:
    """Who signs the mails, and when they may go out. True when something changed."""
    changed = {
        "sender_name": single_line(sender_name, 120),
        "postal_address": postal_address.strip(),
        "window_start": window_start,
        "window_end": window_end,
        "window_weekdays": sorted(window_weekdays),
    }
    with transaction.atomic():
        row = Customer.objects.lock(customer.pk)
        profile = Profile.objects.select_for_update().get(customer=customer)
        moved = _change(
            row, {"timezone": timezone}, customer, AuditAction.TIMEZONE_CHANGED, by=by, now=now
        )
        return (
            _change(profile, changed, customer, AuditAction.SENDING_CHANGED, by=by, now=now)
            or moved
        )


def set_approval_mode(*, customer: Customer, mode: ApprovalMode, by: str, now: datetime) -> bool:
    """Which mails wait for a person. True when that changed."""
    with transaction.atomic():
        Customer.objects.lock(customer.pk)
        profile = Profile.objects.select_for_update().get(customer=customer)
        return _change(
            profile,
            {"approval_mode": mode.value},
            customer,
            AuditAction.APPROVAL_MODE_CHANGED,
            by=by,
            now=now,
        )


def _change(
    row: Model,
    wanted: Mapping[str, Any],
    customer: Customer,
    action: AuditAction,
    *,
    by: str,
    now: datetime,
) -> bool:
    """Write what differs, record it, and ask for a pass; nothing at all when it is equal."""
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

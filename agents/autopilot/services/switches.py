"""Turning the autopilot and outreach on and off; each change is audited, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.models import Customer
from accounts.services import audit
from accounts.states import AuditAction
from agents.lease import schedule_now
from agents.models import Profile, SystemSettings
from agents.outreach.services.send.hold import reschedule_held
from agents.states import HoldCode

if TYPE_CHECKING:
    from datetime import datetime


def set_autopilot_for_all(*, is_on: bool, by: str, now: datetime) -> bool:
    """Turn the autopilot on or off for everybody; True when that changed something.

    Cycles that are running finish. While it is off, no email leaves; turned on again, what
    was held is due at once.
    """
    with transaction.atomic():
        changed = SystemSettings.objects.filter(is_autopilot_on=not is_on).update(
            is_autopilot_on=is_on
        )
        if changed:
            audit.record(
                AuditAction.AUTOPILOT_TURNED_ON if is_on else AuditAction.AUTOPILOT_TURNED_OFF,
                at=now,
                actor=by,
                change=audit.Change(
                    before={"is_autopilot_on": not is_on}, after={"is_autopilot_on": is_on}
                ),
            )
            if is_on:
                reschedule_held(code=HoldCode.AUTOPILOT_OFF_FOR_ALL, now=now)
    return bool(changed)


def set_autopilot(*, customer: Customer, is_on: bool, by: str, now: datetime) -> bool:
    """Turn one customer's cycles and emails on or off; True when that changed something.

    Turned on, the emails that it held are due at once.
    """
    with transaction.atomic():
        row = Customer.objects.lock(customer.pk)
        if row.closed_at is not None or row.autopilot == is_on:
            return False
        row.autopilot = is_on
        row.save(update_fields=["autopilot"])
        audit.record(
            AuditAction.AUTOPILOT_SET,
            at=now,
            actor=by,
            customer_id=row.pk,
            subject=row,
            change=audit.Change(before={"autopilot": not is_on}, after={"autopilot": is_on}),
        )
        schedule_now(customer_id=row.pk, now=now)
        if is_on:
            reschedule_held(code=HoldCode.AUTOPILOT_OFF, now=now, customer=row)
    return True


def stop_outreach(*, by: str, now: datetime, note: str = "") -> bool:
    """The kill switch: from now on no message is claimed, for anybody."""
    with transaction.atomic():
        changed = SystemSettings.objects.filter(outreach_stopped_at=None).update(
            outreach_stopped_at=now
        )
        if changed:
            audit.record(
                AuditAction.OUTREACH_STOPPED,
                at=now,
                actor=by,
                change=audit.Change(after={"outreach_stopped_at": now.isoformat()}, note=note),
            )
    return bool(changed)


def resume_outreach(*, by: str, now: datetime, note: str = "") -> bool:
    """Let messages leave again: what was held is due at once, and the send gate asks again."""
    with transaction.atomic():
        settings = SystemSettings.objects.select_for_update().get()
        stopped_at = settings.outreach_stopped_at
        if stopped_at is None:
            return False
        SystemSettings.objects.update(outreach_stopped_at=None)
        audit.record(
            AuditAction.OUTREACH_RESUMED,
            at=now,
            actor=by,
            change=audit.Change(before={"outreach_stopped_at": stopped_at.isoformat()}, note=note),
        )
        reschedule_held(code=HoldCode.STOPPED, now=now)
    return True


def pause_customer(*, customer: Customer, by: str, now: datetime, note: str = "") -> bool:
    """Hold one customer's outreach; its other work goes on."""
    with transaction.atomic():
        changed = Profile.objects.filter(customer=customer, outreach_paused_at=None).update(
            outreach_paused_at=now
        )
        if changed:
            audit.record(
                AuditAction.OUTREACH_PAUSED,
                at=now,
                actor=by,
                customer_id=customer.pk,
                subject=customer,
                change=audit.Change(after={"outreach_paused_at": now.isoformat()}, note=note),
            )
    return bool(changed)


def resume_customer(*, customer: Customer, by: str, now: datetime, note: str = "") -> bool:
    """Let one customer's messages leave again: what was held is due at once."""
    with transaction.atomic():
        # A worker that asks the gate locks the customer first: either it sees the pause, or we
        # see the row that it held.
        Customer.objects.lock(customer.pk)
        profile = Profile.objects.select_for_update().get(customer=customer)
        paused_at = profile.outreach_paused_at
        if paused_at is None:
            return False
        Profile.objects.filter(pk=profile.pk).update(outreach_paused_at=None)
        audit.record(
            AuditAction.OUTREACH_RESUMED,
            at=now,
            actor=by,
            customer_id=customer.pk,
            subject=customer,
            change=audit.Change(before={"outreach_paused_at": paused_at.isoformat()}, note=note),
        )
        reschedule_held(code=HoldCode.PAUSED, now=now, customer=customer)
        schedule_now(customer_id=customer.pk, now=now)
    return True

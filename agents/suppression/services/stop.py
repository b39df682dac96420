"""Stopping and pausing the sequence of one lead; the caller has locked the customer."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from agents.mode import get_clock
from agents.models import Lead
from agents.states import LEAD_OPEN_TO_OUTREACH, LEAD_TRANSITIONS
from agents.suppression.services.suppress import cancel_open_messages
from hossagent.lib.calendars import is_timezone

if TYPE_CHECKING:
    from datetime import date

MORNING = time(9)


def stop_sequence(*, lead: Lead, code: str, sentence: str, now: datetime) -> int:
    """Cancel every message to `lead` that has not begun to be sent; returns how many."""
    return cancel_open_messages(lead_ids=[lead.pk], code=code, reason=sentence, now=now)


def move_lead(lead: Lead, target: str, **fields: Any) -> bool:
    """Move `lead` if its status allows it, and end its sequence.

    `fields` are saved either way. False when the status stays as it is.
    """
    fields |= {"next_action_at": None}
    if LEAD_TRANSITIONS.allows(lead.status, target):
        moved = Lead.objects.filter(pk=lead.pk).move(source=lead.status, target=target, **fields)
    else:
        moved = 0
        Lead.objects.filter(pk=lead.pk).update(**fields)
    lead.refresh_from_db()
    return bool(moved)


def pause_sequence(*, lead: Lead, until: datetime, sentence: str, now: datetime) -> None:
    """Nothing is sent before `until`; the step that was open is planned again after it."""
    if lead.status not in LEAD_OPEN_TO_OUTREACH:
        return
    canceled = stop_sequence(lead=lead, code="out_of_office", sentence=sentence, now=now)
    if canceled or lead.next_action_at is not None:
        due = max(until, lead.next_action_at or until)
        Lead.objects.filter(pk=lead.pk).update(next_action_at=due)


def morning_of(day: date, *, lead: Lead, received_at: datetime) -> datetime:
    """Nine in the morning of `day` where the lead is; sooner for a fictional lead, by the
    speed of the sandbox."""
    zone = next((z for z in (lead.timezone, lead.customer.timezone) if z and is_timezone(z)), "UTC")
    moment = datetime.combine(day, MORNING, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    wait = max(moment - received_at, timedelta(0))
    return get_clock(is_fictional=lead.is_fictional).after(received_at, wait)

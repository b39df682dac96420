"""What a mail that went out does to its lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.models import Lead
from agents.sequence import delay_before
from agents.states import LeadStatus
from hossagent.lib.sandbox_clock import REAL_TIME, SandboxClock

if TYPE_CHECKING:
    from datetime import datetime

    from agents.models import Message


def mark_contacted(message: Message, *, now: datetime, clock: SandboxClock = REAL_TIME) -> None:
    """The lead has our mail: its state, its time, and when the next step is due."""
    delay = delay_before(message.step + 1)
    due = None if delay is None else clock.after(now, delay)
    leads = Lead.objects.filter(pk=message.lead_id)
    if leads.move(
        source=LeadStatus.NEW,
        target=LeadStatus.CONTACTED,
        last_contacted_at=now,
        next_action_at=due,
    ):
        return
    if leads.filter(status=LeadStatus.CONTACTED).update(last_contacted_at=now, next_action_at=due):
        return
    # Whatever became of the lead meanwhile, it was written to.
    leads.update(last_contacted_at=now)

"""How many new leads a customer may get now.

Bounded three ways: by MAX_NEW_LEADS_PER_CYCLE, by the plan's allowance, and by how many new
leads wait already, so a customer nobody looks after does not pile up leads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from agents.models import Lead
from agents.states import LeadStatus
from billing.entitlements import can_run_agent_for, lead_allowance

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Customer

# New leads that may wait, in cycles' worth of leads: by default 100.
BACKLOG_CYCLES = 10


def room_for_leads(customer: Customer, now: datetime) -> int:
    """How many leads may be added now; asks the database once at most."""
    wanted = most_wanted(customer, now)
    if wanted <= 0:
        return 0
    limit = most_waiting()
    waiting = Lead.objects.filter(customer=customer, status=LeadStatus.NEW)[:limit].count()
    return min(wanted, limit - waiting)


def most_wanted(customer: Customer, now: datetime) -> int:
    """How many leads a cycle may add before those that wait already are counted."""
    if not can_run_agent_for(customer, now=now) or not customer.niche.strip():
        return 0
    per_cycle: int = settings.CONFIG.MAX_NEW_LEADS_PER_CYCLE
    left = lead_allowance(customer, now=now).left
    return per_cycle if left is None else min(per_cycle, left)


def most_waiting() -> int:
    """New leads that may wait; with as many, no more are looked for."""
    limit: int = settings.CONFIG.MAX_NEW_LEADS_PER_CYCLE * BACKLOG_CYCLES
    return limit

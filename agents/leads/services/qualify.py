"""Making a lead qualified: by an interested reply, or by a mark of the customer or operator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.models import Customer
from accounts.services import audit
from accounts.states import AuditAction
from agents.lease import schedule_now
from agents.models import Lead
from agents.states import LEAD_TRANSITIONS, LeadStatus
from agents.suppression.services.stop import move_lead, stop_sequence

if TYPE_CHECKING:
    from datetime import datetime


def qualify_lead(*, lead: Lead, now: datetime, by: str) -> bool:
    """QUALIFIED from any state that allows it: the sequence stops, and the customer's next
    cycle is due at once, for Onboarding.

    `by` is the person's email, or words such as "a reply". False when the lead is
    qualified already or may not be (it opted out, or is invalid).
    """
    with transaction.atomic():
        Customer.objects.lock(lead.customer_id)
        lead.refresh_from_db()
        if not LEAD_TRANSITIONS.allows(lead.status, LeadStatus.QUALIFIED):
            return False
        before = lead.status
        stop_sequence(lead=lead, code="qualified", sentence="The lead is qualified.", now=now)
        if not move_lead(lead, LeadStatus.QUALIFIED, qualified_at=now):
            return False
        audit.record(
            AuditAction.LEAD_QUALIFIED,
            at=now,
            actor=by,
            customer_id=lead.customer_id,
            subject=lead,
            change=audit.Change(
                before={"status": before}, after={"status": LeadStatus.QUALIFIED.value}
            ),
        )
        schedule_now(customer_id=lead.customer_id, now=now)
    return True
